-- Documents to find families of.
-- Grain: one row per document. Input: prompt_doc (doc, norm).
-- Output: doc VARCHAR, norm VARCHAR, in order of doc.
-- Why: the order makes every choice that follows independent of the order of loading; a document
-- that is listed twice is taken once.
SELECT
    doc,
    norm
FROM prompt_doc
WHERE doc IS NOT NULL AND norm <> ''
ORDER BY doc, norm;
