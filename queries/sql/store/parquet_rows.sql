-- Grain: one row. Input: $path. Output: n, rows of a Parquet file.
-- Why: from its footer alone, also a check that it was written to its end.
SELECT coalesce(sum(num_rows), 0)::BIGINT AS n FROM parquet_file_metadata($path)
