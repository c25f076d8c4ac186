-- Grain: one row. Input: $files (accepted rows, at least one), each with the column account_id.
-- Output: n_rows, distinct accounts. Why: the summary says how many accounts came.
SELECT count(DISTINCT account_id) AS n_rows FROM read_parquet($files, union_by_name = true)
