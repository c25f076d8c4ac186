-- Grain: one row per cluster. Inputs: finding_cluster, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, cluster_id::VARCHAR AS cluster_id, size::INTEGER AS size,
        score::DOUBLE AS score, tier::VARCHAR AS tier, "class"::VARCHAR AS "class",
        families::VARCHAR[] AS families, n_kinds::INTEGER AS n_kinds,
        first_seen::TIMESTAMP AS first_seen, last_seen::TIMESTAMP AS last_seen,
        change::VARCHAR AS change, summary::VARCHAR AS summary, stability::DOUBLE AS stability,
        q_value::DOUBLE AS q_value, n_core::INTEGER AS n_core, n_fringe::INTEGER AS n_fringe,
        waterfall::VARCHAR AS waterfall, features::VARCHAR AS features,
        guards::VARCHAR AS guards
    FROM finding_cluster
    ORDER BY cluster_id
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
