-- Grain: one row. Input: file $path. Output: n_rows.
-- Why: read back from the file itself, not from what the writer believes.
SELECT count(*) AS n_rows FROM read_parquet($path)
