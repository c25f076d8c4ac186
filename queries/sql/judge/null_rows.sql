-- Grain: one row per usable incidence of a member. Inputs: usable, base, load.
-- Output: c, value_key, stratum (kind and degree bin).
-- Why: what the members hold, against which the null draws.
SELECT
    b.c, u.value_key,
    (u.kind_key * 16 + least(15, floor(log2(l.d))::INTEGER))::INTEGER AS stratum
FROM base AS b
JOIN usable AS u USING (account_key)
JOIN load AS l ON l.account_key = u.account_key AND l.kind_key = u.kind_key
ORDER BY b.c, u.account_key, u.value_key
