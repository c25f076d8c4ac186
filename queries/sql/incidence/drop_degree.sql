-- Grain: none. Input: degree.
-- Why: nothing after the incidences asks for it.
DROP TABLE degree
