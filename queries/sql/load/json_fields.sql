-- Grain: one row per good line. Inputs: json_staged (load/json_lines); $structure, an object of
-- key -> "VARCHAR". Output: row_number, fields (a struct).
-- Why: each line is parsed once for all of its keys; nothing is read as a number on the way.
SELECT row_number, json_transform(text, $structure) AS fields
FROM json_staged
WHERE text IS NOT NULL
