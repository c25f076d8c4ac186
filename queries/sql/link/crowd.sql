-- Grain: one row per account and value between cap and hub_max. Inputs: incidence, treatment, kind.
-- Output: account_key, value_key, kind_key, half, floor (micro-bits), k, reach (how many of the next
-- accounts of its ring each one meets).
-- Why: the crowds of large values, whose pairs are not all formed (method, section 3).
SELECT
    i.account_key, i.value_key, i.kind_key, i.half, t.floor, t.k,
    greatest(k.partners // 2, 1) AS reach
FROM incidence AS i
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = i.kind_key
WHERE t.expand = 'partners'
