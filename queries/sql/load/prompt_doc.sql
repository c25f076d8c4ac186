-- Grain: one row per document and source whose normalised text is known. Inputs: facts.doc,
-- fresh_doc (doc, norm).
-- Output: view prompt_doc (doc, norm), the input of the families.
-- Why: families are found over all documents of the store, not over those of one file.
CREATE OR REPLACE TEMP VIEW prompt_doc AS
SELECT doc, norm FROM facts.doc WHERE norm IS NOT NULL
UNION ALL
SELECT doc, norm FROM fresh_doc
