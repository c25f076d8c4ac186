-- Grain: one row per cluster and shared value with two or more members on it. Inputs: finding_evidence, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id,
        value_key::INTEGER AS value_key, kind::VARCHAR AS kind, value::VARCHAR AS value,
        n_in::INTEGER AS n_in, n_all::INTEGER AS n_all, bits::DOUBLE AS bits
    FROM finding_evidence
    ORDER BY cluster_id, value_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
