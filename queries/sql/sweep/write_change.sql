-- Grain: one row per cluster and event. Inputs: finding_change, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id,
        event::VARCHAR AS event, other_cluster_id::VARCHAR AS other_cluster_id,
        n_joined::INTEGER AS n_joined, n_left::INTEGER AS n_left
    FROM finding_change
    ORDER BY cluster_id, event, other_cluster_id
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
