-- Grain: one row per document. Inputs: prompt_family (doc, family, template), facts.family,
-- facts.doc.
-- Output: file $path, columns of facts.family.
-- Why: documents whose text was not kept stay in the family that they were once found in.
COPY (
    SELECT doc, family, template FROM prompt_family
    UNION ALL
    SELECT doc, any_value(family) AS family, any_value(template) AS template
    FROM facts.family
    WHERE doc IN (SELECT doc FROM facts.doc WHERE norm IS NULL)
        AND doc NOT IN (SELECT doc FROM prompt_family)
    GROUP BY doc
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
