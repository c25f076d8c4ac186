-- Grain: one row per file that this generation names. Output: room, table_name, owner, path, sorted.
-- Why: a copy of the store is the catalogue and these.
SELECT room, table_name, owner, path FROM register.file ORDER BY path
