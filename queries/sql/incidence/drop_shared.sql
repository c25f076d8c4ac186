-- Grain: none. Input: shared.
-- Why: nothing after the incidences asks for it.
DROP TABLE shared
