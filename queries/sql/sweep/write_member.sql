-- Grain: one row per member. Inputs: finding_member, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id,
        account_key::INTEGER AS account_key, account_id::VARCHAR AS account_id,
        role::VARCHAR AS role, score::DOUBLE AS score, n_links::INTEGER AS n_links,
        families::VARCHAR[] AS families, why::VARCHAR AS why, bits::DOUBLE AS bits,
        stability::DOUBLE AS stability
    FROM finding_member
    ORDER BY cluster_id, account_id
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
