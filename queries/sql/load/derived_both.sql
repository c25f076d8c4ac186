-- Grain: one row per derived signal. Inputs: $one and $two (files of facts.derived). Output: file
-- $path, both.
-- Why: a source has one file of a table; a table of accounts gives sign-up days and, by its columns,
-- what signals derive.
COPY (
    SELECT * FROM read_parquet($one)
    UNION ALL
    SELECT * FROM read_parquet($two)
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
