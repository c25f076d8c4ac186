-- Grain: one row per line that is no record. Input: staged_lines (__row, __fault, __found,
-- __raw).
-- Output: added to the table faulty. Why: lines that cannot be split are rejected by their
-- number.
INSERT INTO faulty
SELECT __row, __fault, NULL, __found, left(__raw, 10000) FROM staged_lines WHERE __fault IS NOT NULL
