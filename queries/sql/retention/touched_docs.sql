-- Grain: one row. Inputs: $file, retention_doc. Output: n (rows that go or lose their text).
-- Why: a file that keeps all it has is not written again.
SELECT count(*) AS n
FROM read_parquet($file) AS d
JOIN retention_doc AS r USING (doc)
WHERE r.whole OR d.text IS NOT NULL OR d.norm IS NOT NULL
