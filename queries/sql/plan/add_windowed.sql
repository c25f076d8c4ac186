-- Grain: one row per value of a kind with a window. Inputs: plan_value, plan_windowed (registered by
-- the stage). Output: n_pairs of these rows set.
-- Why: one table tells what every value costs.
UPDATE plan_value SET n_pairs = w.n_pairs
FROM plan_windowed AS w
WHERE plan_value.value_key = w.value_key
