-- Grain: none. Input: placed.
-- Why: needed for strata and degrees only.
DROP TABLE placed
