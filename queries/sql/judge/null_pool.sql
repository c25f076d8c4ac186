-- Grain: one row per usable incidence. Input: usable.
-- Output: stratum (kind and degree bin), value_key.
-- Why: the pool that the permutation null draws from.
SELECT
    (kind_key * 16 + least(15, floor(log2(d))::INTEGER))::BIGINT AS stratum,
    value_key::BIGINT AS value_key
FROM usable
