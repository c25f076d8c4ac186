-- Grain: one row per finding of a sweep. Input: register.file; $sweep_id. Output: table_name, path.
-- Why: the files that an erasure looks into.
SELECT table_name, path
FROM register.file
WHERE room = 'findings' AND owner = $sweep_id
ORDER BY table_name
