-- Grain: one row per usable incidence. Inputs: usable, base, load, total.
-- Output: c (-1 outside clusters), value_key, bits (information of the value), stratum (kind and
-- degree bin).
-- Why: what the permutation null draws from.
SELECT
    coalesce(b.c, -1)::INTEGER AS c, u.value_key, greatest(0, log2(t.e / u.k))::FLOAT AS bits,
    (u.kind_key * 16 + least(15, floor(log2(l.d))::INTEGER))::INTEGER AS stratum
FROM usable AS u
JOIN load AS l ON l.account_key = u.account_key AND l.kind_key = u.kind_key
JOIN total AS t ON t.kind_key = u.kind_key
LEFT JOIN base AS b ON b.account_key = u.account_key
ORDER BY stratum, u.value_key, u.account_key
