-- Masked texts of the families of two or more documents.
-- Grain: one row per such family. Input: prompt_template_found (representative_row, template).
-- Output: representative_row BIGINT, template VARCHAR.
CREATE OR REPLACE TEMP TABLE prompt_template AS
SELECT
    representative_row,
    template
FROM prompt_template_found;
