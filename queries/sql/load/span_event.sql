-- Grain: one row. Input: file $path with columns of facts.event. Output: first_at, last_at.
-- Why: the summary says which time a source covers.
SELECT min("at") AS first_at, max("at") AS last_at FROM read_parquet($path)
