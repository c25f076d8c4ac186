-- Grain: one row per loaded source. Output: source_id, name, table_name.
-- Why: the same source twice adds nothing; replace swaps what has the same name.
SELECT source_id, name, table_name FROM register.source ORDER BY source_id
