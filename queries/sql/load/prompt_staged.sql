-- Grain: one row per good incoming prompt. Input: checked. Output: scratch file $path with
-- row_number, account_id, doc, sent_at, n, text, norm.
-- Why: normalising costs most; facts and documents are two readings of its result.
COPY (
    SELECT row_number, account_id, doc, sent_at, n, text, norm FROM checked WHERE problems = 0
) TO $path (
    FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 100000, PARQUET_VERSION v2,
    DICTIONARY_SIZE_LIMIT 1000
)
