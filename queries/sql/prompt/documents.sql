-- Documents to find families of.
-- Grain: one row per document and source. Input: prompt_doc (doc, norm).
-- Output: key UBIGINT (the number that the document's name spells), norm VARCHAR.
-- Why: numbers are sorted and met faster than names; in their order every choice that follows is
-- independent of the order of loading.
SELECT
    ('0x' || doc)::UBIGINT AS key,
    norm
FROM prompt_doc
WHERE doc IS NOT NULL AND norm <> '';
