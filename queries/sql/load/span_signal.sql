-- Grain: one row. Input: file $path with columns of facts.signal. Output: first_at, last_at.
-- Why: the summary says which time a source covers.
SELECT min("first_seen") AS first_at, max("last_seen") AS last_at FROM read_parquet($path)
