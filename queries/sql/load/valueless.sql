-- Grain: one row per wide row without any value. Input: valueless (__row). Output: added to
-- faulty.
-- Why: a row that says nothing is not loaded, and not lost either.
INSERT INTO faulty
SELECT __row, 'empty value', 'value', NULL, NULL FROM valueless
