-- Grain: one row per shared value or domain that a list names. Inputs: value, kind, facts.list;
-- $as_of. Output: value_key, class, reason (of the strongest class).
-- Why: lists come first (method, section 1). Exact values and domains join by equality, networks
-- by an interval join a class, so that nested networks of different classes all count.
CREATE OR REPLACE TABLE listed AS
WITH entries AS (
    SELECT * FROM facts.list WHERE expires IS NULL OR expires > $as_of
),
classes AS (SELECT DISTINCT class FROM entries WHERE lo IS NOT NULL AND class <> 'network'),
networks AS (
    SELECT class, lo, max(hi) AS hi, min(reason) AS reason
    FROM entries
    WHERE lo IS NOT NULL AND class <> 'network'
    GROUP BY class, lo
),
by_network AS (
    SELECT v.value_key, n.class, n.reason
    FROM value AS v
    CROSS JOIN classes AS c
    ASOF JOIN networks AS n ON n.class = c.class AND v.number >= n.lo
    WHERE v.number IS NOT NULL AND v.number <= n.hi
),
by_value AS (
    SELECT v.value_key, e.class, e.reason
    FROM value AS v
    JOIN kind AS k USING (kind_key)
    JOIN entries AS e ON e.kind = k.kind AND e.value = v.value
),
by_domain AS (
    SELECT v.value_key, e.class, e.reason
    FROM value AS v
    JOIN kind AS k USING (kind_key)
    JOIN entries AS e ON k.kind = 'email_domain' AND e.domain = v.value
),
together AS (
    FROM by_network UNION ALL FROM by_value UNION ALL FROM by_domain
),
ranked AS (
    SELECT
        value_key, class, min(reason) AS reason,
        list_position(
            ['ignore', 'partner', 'organisation', 'staff', 'cgnat', 'vpn', 'tor', 'proxy', 'datacenter'],
            class
        ) AS rank
    FROM together
    GROUP BY value_key, class
)
SELECT
    value_key, arg_min(class, (coalesce(rank, 99), class)) AS class,
    arg_min(reason, (coalesce(rank, 99), class)) AS reason
FROM ranked
GROUP BY value_key
