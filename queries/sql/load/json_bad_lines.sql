-- Grain: one row per line that is no JSON object. Input: json_staged (load/json_lines).
-- Output: added to the table faulty. Why: see load/bad_lines.
INSERT INTO faulty
SELECT row_number, fault, NULL, NULL, left(raw, 10000) FROM json_staged WHERE fault IS NOT NULL
