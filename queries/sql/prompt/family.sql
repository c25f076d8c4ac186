-- Families of prompts.
-- Grain: one row per document. Input: prompt_found (key, name, template).
-- Output: doc VARCHAR, family VARCHAR, template VARCHAR (at most 400 characters; NULL for a text
-- that only one prompt has).
-- Why: numbers become the names that people see.
CREATE OR REPLACE TEMP VIEW prompt_family AS
SELECT
    lower(lpad(to_hex(key), 16, '0')) AS doc,
    'p-' || lower(lpad(to_hex(name), 12, '0')) AS family,
    template::VARCHAR AS template
FROM prompt_found;
