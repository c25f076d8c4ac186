-- Grain: one row per good incoming prompt. Input: checked. Output: scratch file $path with
-- row_number, account_id, doc, sent_at, n, text, norm.
-- Why: normalising costs most; facts and documents are two readings of its result.
COPY (
    SELECT row_number, account_id, doc, sent_at, n, text, norm FROM checked WHERE problems = 0
) TO $path (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 250000)
