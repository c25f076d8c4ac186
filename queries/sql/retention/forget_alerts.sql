-- Grain: alerts of a sweep. Input: $sweep_id. Changes register.alert.
-- Why: they go with the findings that they tell of.
DELETE FROM register.alert WHERE sweep_id = $sweep_id
