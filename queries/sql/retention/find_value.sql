-- Grain: one row per value that stays. Inputs: $file, erase_value. Output: file $path, columns of
-- findings.value.
-- Why: without the erased accounts.
COPY (
    SELECT v.* REPLACE ((v.n_accounts - coalesce(e.lost, 0))::INTEGER AS n_accounts)
    FROM read_parquet($file) AS v
    LEFT JOIN erase_value AS e USING (value_key)
    WHERE e.value_key IS NULL OR e.left_over >= 2
    ORDER BY v.value_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
