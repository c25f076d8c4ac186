-- Grain: one row per usable incidence of a member. Inputs: usable, base. Output: c, value_key,
-- kind_key.
-- Why: what the members hold, against which the null draws.
SELECT b.c, u.value_key, u.kind_key
FROM base AS b
JOIN usable AS u USING (account_key)
ORDER BY b.c, u.account_key, u.value_key
