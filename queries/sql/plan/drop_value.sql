-- Grain: none. Input: plan_value.
-- Why: a sweep asks for it once, before the links.
DROP TABLE plan_value
