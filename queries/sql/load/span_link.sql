-- Grain: one row. Input: file $path with columns of facts.link. Output: first_at, last_at.
-- Why: the summary says which time a source covers.
SELECT min("seen_at") AS first_at, max("seen_at") AS last_at FROM read_parquet($path)
