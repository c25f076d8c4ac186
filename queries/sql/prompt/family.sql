-- Families of prompts.
-- Grain: one row per document. Inputs: prompt_found (doc, norm, representative, representative_row),
-- prompt_template (representative_row, template).
-- Output: doc VARCHAR, family VARCHAR, template VARCHAR (at most 400 characters).
-- Why: the family is named after its representative, so that it keeps its name from load to load; a
-- document by itself is its own template.
CREATE OR REPLACE TABLE prompt_family AS
SELECT
    found.doc,
    'p-' || left(md5(found.representative), 12) AS family,
    CASE
        WHEN length(coalesce(masked.template, found.norm)) > 400
            THEN left(coalesce(masked.template, found.norm), 399) || '…'
        ELSE coalesce(masked.template, found.norm)
    END AS template
FROM prompt_found AS found
LEFT JOIN prompt_template AS masked
    ON found.representative_row = masked.representative_row;
