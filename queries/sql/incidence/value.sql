-- Grain: one row per shared value. Inputs: shared, kind, facts.signal, facts.derived,
-- facts.family, ip_stratum.
-- Output: value_key (dense, in order of kind and value), kind_key, value_hash, value, display, k,
-- number (of an IP), stratum, first_seen, last_seen.
-- Why: names come back for the few values that survived; display is the raw form for people.
CREATE OR REPLACE TABLE value AS
WITH named AS (
    SELECT kind, value, hash(value) AS value_hash, min(coalesce(raw, value)) AS display
    FROM facts.signal
    WHERE hash(value) IN (SELECT value_hash FROM shared)
    GROUP BY kind, value
    UNION ALL
    SELECT kind, value, hash(value), min(coalesce(raw, value))
    FROM facts.derived
    WHERE hash(value) IN (SELECT value_hash FROM shared)
    GROUP BY kind, value
    UNION ALL
    SELECT 'prompt', family, hash(family), min(template)
    FROM facts.family
    WHERE hash(family) IN (SELECT value_hash FROM shared)
    GROUP BY family
),
one AS (
    SELECT kind, value, any_value(value_hash) AS value_hash, min(display) AS display
    FROM named
    GROUP BY kind, value
)
SELECT
    (row_number() OVER (ORDER BY k.kind_key, o.value) - 1)::INTEGER AS value_key, k.kind_key,
    s.value_hash, o.value, o.display, s.k, i.number, coalesce(i.stratum, '') AS stratum,
    s.first_seen, s.last_seen
FROM shared AS s
JOIN kind AS k USING (kind_key)
JOIN one AS o ON o.kind = k.kind AND o.value_hash = s.value_hash
LEFT JOIN ip_stratum AS i ON k.kind = 'ip' AND i.value_hash = s.value_hash
