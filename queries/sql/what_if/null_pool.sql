-- Grain: one row per usable value of the platform. Inputs: past_value, kind, dropped.
-- Output: kind_key, value_key, n (accounts), bits (information of the value).
-- Why: the pool that the permutation null draws from, by kind; degree bins would need everybody's
-- holdings.
SELECT
    k.kind_key, v.value_key, v.n_accounts AS n, greatest(0, log2(k.e / v.n_accounts)) AS bits
FROM past_value AS v
JOIN kind AS k ON k.kind = v.kind
WHERE
    v.treatment IN ('used', 'hub') AND k.profile_cap > 0
    AND v.value_key NOT IN (SELECT key FROM dropped WHERE room = 'value')
    AND v.kind NOT IN (SELECT kind FROM dropped WHERE room = 'kind')
ORDER BY k.kind_key, v.value_key
