-- Grain: one row per cluster and shared value that may count. Inputs: value_in, treatment, kind.
-- Output: c, value_key, n (members on it).
-- Why: what the members share, against what the null lets them share.
SELECT e.c::BIGINT AS c, e.value_key::BIGINT AS value_key, e.n_in AS n
FROM value_in AS e
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = e.kind_key
WHERE t.treatment IN ('used', 'hub') AND k.profile_cap > 0
ORDER BY e.c, e.value_key
