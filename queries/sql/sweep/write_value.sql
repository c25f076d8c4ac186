-- Grain: one row per value that two or more accounts share. Inputs: finding_value, $path.
-- Output: one Parquet file, columns as the schema says.
-- Why: sorted by its keys and in row groups of one size, so that equal input gives equal bytes.
COPY (
    SELECT
        sweep_id::VARCHAR AS sweep_id, value_key::INTEGER AS value_key, kind::VARCHAR AS kind,
        value::VARCHAR AS value, display::VARCHAR AS display, family::VARCHAR AS family,
        n_accounts::INTEGER AS n_accounts, bits::DOUBLE AS bits,
        treatment::VARCHAR AS treatment, "class"::VARCHAR AS "class", why::VARCHAR AS why,
        n_pairs_skipped::BIGINT AS n_pairs_skipped, first_seen::TIMESTAMP AS first_seen,
        last_seen::TIMESTAMP AS last_seen
    FROM finding_value
    ORDER BY value_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
