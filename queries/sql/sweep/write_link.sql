-- Grain: one row per linked pair of accounts. Inputs: finding_link, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id,
        src_key::INTEGER AS src_key, dst_key::INTEGER AS dst_key, bits::DOUBLE AS bits,
        n_values::INTEGER AS n_values, families::VARCHAR[] AS families
    FROM finding_link
    ORDER BY src_key, dst_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
