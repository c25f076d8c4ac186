-- Grain: one row per good incoming event. Input: checked. Output: file $path, columns of
-- facts.event.
-- Why: as load/signal_accepted.
COPY (
    SELECT account_id, "at", type, n::BIGINT AS n FROM checked WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
