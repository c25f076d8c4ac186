-- Grain: one row per absent cluster and name that stay. Inputs: $file, erase_account, erase_lone. Output:
-- file $path, columns of findings.gone.
-- Why: without the erased accounts and the values that were theirs alone.
COPY (
    SELECT *
    FROM read_parquet($file)
    WHERE
        NOT (what = 'account' AND name IN (SELECT account_id FROM erase_account))
        AND NOT (what = 'value' AND (kind, name) IN (SELECT (kind, value) FROM erase_lone))
    ORDER BY cluster_id, what, kind, name
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
