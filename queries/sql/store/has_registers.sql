-- Grain: one row. Output: found BOOLEAN.
-- Why: a new or foreign file has no registers yet.
SELECT count(*) = 1 AS found
FROM duckdb_tables()
WHERE database_name = 'catalogue' AND schema_name = 'register' AND table_name = 'meta'
