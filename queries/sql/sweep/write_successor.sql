-- Grain: one row per new account and likely predecessor. Inputs: finding_successor, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, account_id::VARCHAR AS account_id,
        cluster_id::VARCHAR AS cluster_id, predecessor_id::VARCHAR AS predecessor_id,
        predecessor_cluster_id::VARCHAR AS predecessor_cluster_id,
        banned_at::TIMESTAMP AS banned_at, taken_at::TIMESTAMP AS taken_at,
        n_values::INTEGER AS n_values, bits::DOUBLE AS bits, families::VARCHAR[] AS families,
        shared::VARCHAR AS shared, place::INTEGER AS place,
        n_predecessors::INTEGER AS n_predecessors
    FROM finding_successor
    ORDER BY account_id, place
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
