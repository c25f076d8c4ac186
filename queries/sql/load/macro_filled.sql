-- Grain: one cell. Input: x VARCHAR. Output: x, or NULL when it holds white space at most.
-- Why: an empty cell of a wide table is no value, and no fault either.
CREATE OR REPLACE TEMP MACRO filled(x) AS CASE WHEN regexp_matches(x, '\S') THEN x END
