-- Grain: one row per distinct normalised text. Inputs: staged (load/prompt_staged); $keep_text.
-- Output: file $path, columns of facts.doc; text as it first stood in the file.
-- Why: copies of a prompt are many, documents few; keep_text = false keeps neither form. A text
-- is grouped at half the cost of its name and text.
COPY (
    SELECT
        any_value(doc) AS doc,
        CASE WHEN $keep_text THEN arg_min(text, row_number) END::VARCHAR AS text,
        CASE WHEN $keep_text THEN norm END::VARCHAR AS norm
    FROM staged
    GROUP BY norm
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
