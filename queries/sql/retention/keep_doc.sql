-- Grain: one row per text of $file that stays. Inputs: $file, retention_doc. Output: file $path, columns
-- of facts.doc; the text of an old prompt is NULL.
-- Why: the family that a text belongs to is known by its name alone.
COPY (
    SELECT
        d.doc, CASE WHEN r.doc IS NULL THEN d.text END AS text,
        CASE WHEN r.doc IS NULL THEN d.norm END AS norm
    FROM read_parquet($file) AS d
    LEFT JOIN retention_doc AS r USING (doc)
    WHERE r.whole IS NOT TRUE
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)
