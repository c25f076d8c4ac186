-- Grain: one row per good incoming signal. Inputs: checked, variable hashed. Output: file $path.
-- Why: as load/signal_accepted, with the kinds of privacy.hash as keyed digests and no raw form.
COPY (
    SELECT
        account_id, kind,
        CASE WHEN list_contains(getvariable('hashed'), kind) THEN keyed(value) ELSE value END
            AS value,
        CASE WHEN NOT list_contains(getvariable('hashed'), kind) THEN raw END AS raw,
        first_seen, last_seen, n::BIGINT AS n
    FROM checked
    WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
