-- Grain: one row per good incoming signal. Input: checked. Output: file $path, columns of
-- facts.signal.
-- Why: written once, never sorted: the sweep groups by account and value anyway.
COPY (
    SELECT account_id, kind, value, raw, first_seen, last_seen, n::BIGINT AS n
    FROM checked
    WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
