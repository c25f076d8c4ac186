-- Grain: one row per successor and predecessor that stay. Inputs: $file, erase_account. Output: file
-- $path, columns of findings.successor.
-- Why: without the erased accounts.
COPY (
    SELECT *
    FROM read_parquet($file)
    WHERE
        account_id NOT IN (SELECT account_id FROM erase_account)
        AND predecessor_id NOT IN (SELECT account_id FROM erase_account)
    ORDER BY account_id, place
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
