-- Grain: one row per account. Input: $files (accepted links, at least one). Output: account_id.
-- Why: see load/distinct_accounts; a link names two.
SELECT src AS account_id FROM read_parquet($files) UNION SELECT dst FROM read_parquet($files)
