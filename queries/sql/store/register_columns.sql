-- Grain: one row per column of a register. Output: table_name, column_name.
-- Why: a register that is gone, or a view in its place, is damage that must be told as such.
SELECT c.table_name, c.column_name
FROM duckdb_columns() AS c
SEMI JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
WHERE c.database_name = 'catalogue' AND c.schema_name = 'register'
ORDER BY c.table_name, c.column_name
