-- Grain: one row per listed text of a prompt. Input: facts.list.
-- Output: table prompt_listed (listed, doc, norm, class, reason, owner, expires); listed counts
-- from 0 in order of the texts.
-- Why: people list a framework's template by its words, the sweep knows families by their names.
CREATE OR REPLACE TEMP TABLE prompt_listed AS
WITH texts AS (
    SELECT DISTINCT prompt_norm(value) AS norm, class, reason, owner, expires
    FROM facts.list
    WHERE kind = 'prompt' AND value IS NOT NULL AND NOT regexp_full_match(value, 'p-[0-9a-f]{12}')
)
SELECT
    row_number() OVER (ORDER BY norm, class, reason, owner, expires) - 1 AS listed,
    prompt_doc_id(norm) AS doc, norm, class, reason, owner, expires
FROM texts
