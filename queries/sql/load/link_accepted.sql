-- Grain: one row per good incoming pair. Input: checked. Output: file $path, columns of
-- facts.link.
-- Why: as load/signal_accepted.
COPY (
    SELECT src, dst, kind, similarity, seen_at FROM checked WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
