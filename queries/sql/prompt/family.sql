-- Families of prompts.
-- Grain: one row per document. Input: prompt_found (doc, representative, template).
-- Output: doc VARCHAR, family VARCHAR, template VARCHAR (at most 400 characters).
-- Why: the family is named after its representative, so that it keeps its name from load to load.
CREATE OR REPLACE TABLE prompt_family AS
SELECT
    doc,
    'p-' || left(md5(representative), 12) AS family,
    CASE WHEN length(template) > 400 THEN left(template, 399) || '…' ELSE template END AS template
FROM prompt_found;
