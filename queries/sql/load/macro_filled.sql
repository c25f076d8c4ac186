-- Grain: one cell. Input: x VARCHAR. Output: x without white space at its ends; NULL when it is empty.
-- Why: an empty cell of a wide table is no value, and no fault either.
CREATE OR REPLACE TEMP MACRO filled(x) AS nullif(trim(x), '')
