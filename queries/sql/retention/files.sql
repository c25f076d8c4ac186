-- Grain: one row per file of facts. Inputs: register.file, register.source. Output: table_name, owner,
-- path, loaded_at.
-- Why: what is looked at and written again; rows without a time are as old as their load.
SELECT f.table_name, f.owner, f.path, s.loaded_at
FROM register.file AS f
LEFT JOIN register.source AS s ON s.source_id = f.owner
WHERE f.room = 'facts'
ORDER BY f.table_name, f.path
