-- Grain: one row per table of the working store. Output: name, oid, n (rows).
-- Why: a table that was made again has another number: what a stage left is told without a list.
SELECT table_name AS name, table_oid AS oid, estimated_size AS n
FROM duckdb_tables()
WHERE database_name = 'memory' AND schema_name = 'main' AND NOT internal
ORDER BY name
