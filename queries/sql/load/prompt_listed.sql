-- Grain: one row per listed text of a prompt. Input: facts.list.
-- Output: table prompt_listed (doc, norm, value, class, reason, owner, expires).
-- Why: people list a framework's template by its words, the sweep knows families by their names.
CREATE OR REPLACE TEMP TABLE prompt_listed AS
SELECT DISTINCT
    prompt_doc_id(prompt_norm(value)) AS doc, prompt_norm(value) AS norm, value, class, reason,
    owner, expires
FROM facts.list
WHERE kind = 'prompt' AND value IS NOT NULL AND NOT regexp_full_match(value, 'p-[0-9a-f]{12}')
