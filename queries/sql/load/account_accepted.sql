-- Grain: one row per good incoming account. Input: checked. Output: file $path, columns of
-- facts.account.
-- Why: as load/signal_accepted.
COPY (
    SELECT account_id, created_at, status, banned_at, attributes::VARCHAR AS attributes
    FROM checked
    WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
