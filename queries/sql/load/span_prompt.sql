-- Grain: one row. Input: file $path with columns of facts.prompt. Output: first_at, last_at.
-- Why: the summary says which time a source covers.
SELECT min("sent_at") AS first_at, max("sent_at") AS last_at FROM read_parquet($path)
