-- Grain: one row per shared value that a list names, by itself, its network, operator or domain. Inputs: value, kind, facts.list;
-- $as_of. Output: value_key, class, reason (of the strongest class).
-- Why: lists come first (method, section 1). Exact values, operators and domains (with
-- their parents) join by equality, networks by an interval join a class, so that nested networks of different classes all count.
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
suffixes AS (
    SELECT
        v.value_key,
        unnest(list_transform(
            range(1, len(string_split(v.value, '.')) + 1),
            lambda i: array_to_string(string_split(v.value, '.')[i:], '.')
        )) AS domain
    FROM value AS v
    JOIN kind AS k ON k.kind_key = v.kind_key AND k.kind = 'email_domain'
),
by_domain AS (
    SELECT s.value_key, e.class, e.reason
    FROM suffixes AS s
    JOIN entries AS e ON e.domain = s.domain
),
by_operator AS (
    SELECT v.value_key, e.class, e.reason
    FROM value AS v
    JOIN entries AS e ON e.lo IS NULL AND v.stratum = 'as' || e.asn
    WHERE e.asn IS NOT NULL AND e.class <> 'network'
),
together AS (
    FROM by_network
    UNION ALL
    FROM by_value
    UNION ALL
    FROM by_domain
    UNION ALL
    FROM by_operator
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
