-- Grain: one row per column of a view of the contract. Output: view, name, type.
-- Why: the data dictionary says what is there, not what was once written down.
SELECT table_name AS view, column_name AS name, data_type AS type
FROM duckdb_columns()
WHERE database_name = 'catalogue' AND schema_name = 'main'
ORDER BY table_name, column_index
