-- Grain: none. Input: used.
-- Why: the largest table of a sweep; all that later stages need of it has tables of its own.
DROP TABLE used
