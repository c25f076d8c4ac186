-- Grain: one row per good prompt. Input: staged (load/prompt_staged). Output: file $path,
-- columns of facts.prompt.
-- Why: the text is kept once a document (load/doc).
COPY (SELECT account_id, doc, sent_at, n::BIGINT AS n FROM staged) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
