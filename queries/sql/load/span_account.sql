-- Grain: one row. Input: file $path with columns of facts.account. Output: first_at, last_at.
-- Why: the summary says which time a source covers.
SELECT min("created_at") AS first_at, max("created_at") AS last_at FROM read_parquet($path)
