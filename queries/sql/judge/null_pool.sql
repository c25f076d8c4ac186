-- Grain: one row per stratum (kind and degree bin) and value. Inputs: usable, load, total.
-- Output: stratum, value_key, n (incidences), bits (information of the value).
-- Why: the pool that the permutation null draws from, as counts.
SELECT
    (u.kind_key * 16 + least(15, floor(log2(l.d))::INTEGER))::INTEGER AS stratum, u.value_key,
    count(*) AS n, greatest(0, log2(any_value(t.e) / any_value(u.k))) AS bits
FROM usable AS u
JOIN load AS l ON l.account_key = u.account_key AND l.kind_key = u.kind_key
JOIN total AS t ON t.kind_key = u.kind_key
GROUP BY stratum, u.value_key
ORDER BY stratum, u.value_key
