-- Grain: one row per account that a cluster may claim and hour in which it was active.
-- Inputs: activity, $sweep_id, $path. Output: one Parquet file, columns as the schema says.
-- Why: the hours that refinement and judgement looked at; what-if asks them again.
COPY (
    SELECT
        $sweep_id::VARCHAR AS sweep_id, account_key::INTEGER AS account_key, hour::INTEGER AS hour
    FROM activity
    ORDER BY account_key, hour
) TO $path (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)
