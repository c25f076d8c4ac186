-- Grain: one row per value that stays. Inputs: past_value, treatment.
-- Output: value_key, kind_key, value, k, as incidence/value.
-- Why: kinds with a window look their uses up in the facts, by name.
CREATE OR REPLACE TABLE value AS
SELECT v.value_key, t.kind_key, v.value, t.k
FROM past_value AS v
JOIN treatment AS t USING (value_key)
