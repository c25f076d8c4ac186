-- Grain: one row per account seen in the window. Inputs: finding_account, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, account_key::INTEGER AS account_key,
        account_id::VARCHAR AS account_id, created_at::TIMESTAMP AS created_at,
        status::VARCHAR AS status, first_seen::TIMESTAMP AS first_seen,
        last_seen::TIMESTAMP AS last_seen
    FROM finding_account
    ORDER BY account_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
