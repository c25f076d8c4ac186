-- Grain: one row per document that more than one prompt has. Input: facts.prompt.
-- Output: key UBIGINT. Why: of other texts no template is shown, for it would be the whole text.
SELECT ('0x' || doc)::UBIGINT AS key
FROM facts.prompt
GROUP BY key
HAVING count(*) > 1
