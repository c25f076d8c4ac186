-- Grain: one row per cluster that is gone and account or value it is known by.
-- Inputs: finding_gone, $path. Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id, what::VARCHAR AS what,
        kind::VARCHAR AS kind, name::VARCHAR AS name, weight::DOUBLE AS weight,
        fate::VARCHAR AS fate, last_sweep_id::VARCHAR AS last_sweep_id,
        n_sweeps::INTEGER AS n_sweeps
    FROM finding_gone
    ORDER BY cluster_id, what, kind, name
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
