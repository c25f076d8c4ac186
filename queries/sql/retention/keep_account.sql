-- Grain: one row per account of $file that stays. Inputs: $file, erase_account, $names (the erased names
-- as JSON texts). Output: file $path, columns of facts.account.
-- Why: other accounts may name an erased one in an attribute (a referrer).
COPY (
    SELECT
        account_id, created_at, status, banned_at,
        list_reduce($names::VARCHAR[], lambda told, name: replace(told, name, '"(erased)"'), attributes)
            AS attributes
    FROM read_parquet($file)
    WHERE account_id NOT IN (SELECT account_id FROM erase_account)
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)
