-- Grain: one row per account and shared value. Inputs: finding_incidence, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
-- The largest finding: snappy writes it in three quarters of the time of zstd.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, account_key::INTEGER AS account_key,
        value_key::INTEGER AS value_key, first_seen::TIMESTAMP AS first_seen,
        last_seen::TIMESTAMP AS last_seen, n::BIGINT AS n, half_bits::DOUBLE AS half_bits
    FROM finding_incidence
    ORDER BY account_key, value_key
) TO $path (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)
