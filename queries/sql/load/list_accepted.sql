-- Grain: one row per good list entry. Inputs: checked, variable hashed. Output: file $path,
-- columns of facts.list.
-- Why: as load/signal_accepted; entries of a hashed kind must meet hashed signals. Parquet has
-- no integers of 128 bits (DuckDB would write doubles): numbers as text, cast by the view.
COPY (
    SELECT
        kind,
        CASE WHEN list_contains(getvariable('hashed'), kind) THEN keyed(value) ELSE value END
            AS value,
        cidr, domain, asn, class, reason, owner, expires, lo::VARCHAR AS lo, hi::VARCHAR AS hi
    FROM checked
    WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
