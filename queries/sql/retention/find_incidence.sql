-- Grain: one row per account and value that stay. Inputs: $file, erase_key, erase_value. Output: file
-- $path, columns of findings.incidence.
-- Why: without the erased accounts.
COPY (
    SELECT *
    FROM read_parquet($file)
    WHERE
        account_key NOT IN (SELECT account_key FROM erase_key)
        AND value_key NOT IN (SELECT value_key FROM erase_value WHERE left_over < 2)
    ORDER BY account_key, value_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
