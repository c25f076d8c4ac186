-- Grain: one row per good account that says when it signed up. Input: $file (accepted accounts of
-- the source). Output: file $path, columns of facts.derived.
-- Why: accounts made on one day are a little likelier to be one operator's; on the day of a launch,
-- as rarity has it, hardly (method, section 3: the sign-up window).
COPY (
    SELECT
        account_id, 'signup_day' AS kind, strftime(created_at, '%Y-%m-%d') AS value,
        NULL::VARCHAR AS raw, created_at AS first_seen, created_at AS last_seen, 1::BIGINT AS n
    FROM read_parquet($file)
    WHERE created_at IS NOT NULL
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
