-- Grain: one row per shared value. Inputs: shared, kind, facts.signal, facts.derived,
-- facts.family, ip_stratum.
-- Output: value_key (dense, in order of kind and value), kind_key, value_hash, value, display, k,
-- number (of an IP), stratum, first_seen, last_seen.
-- Why: names come back for the few values that survived, grouped by their hash: a number costs less
-- than a text. Display is the smallest raw form, for people.
CREATE OR REPLACE TABLE value AS
WITH named AS (
    SELECT kind, hash(value) AS value_hash, value, raw FROM facts.signal
    UNION ALL
    SELECT kind, hash(value), value, raw FROM facts.derived
    UNION ALL
    SELECT 'prompt', hash(family), family, template FROM facts.family
),
one AS (
    SELECT
        k.kind_key, n.value_hash, any_value(n.value) AS value, min(n.raw) AS raw,
        bool_or(n.raw IS NULL) AS plain
    FROM named AS n
    JOIN kind AS k USING (kind)
    WHERE n.value_hash IN (SELECT value_hash FROM shared)
    GROUP BY k.kind_key, n.value_hash
)
SELECT
    (row_number() OVER (ORDER BY s.kind_key, o.value) - 1)::INTEGER AS value_key, s.kind_key,
    s.value_hash, o.value, if(o.plain, least(o.raw, o.value), o.raw) AS display, s.k, i.number,
    coalesce(i.stratum, '') AS stratum, s.first_seen, s.last_seen
FROM shared AS s
JOIN one AS o USING (kind_key, value_hash)
JOIN kind AS k USING (kind_key)
LEFT JOIN ip_stratum AS i ON k.kind = 'ip' AND i.value_hash = s.value_hash
