-- Grain: one row per account, document and time.
-- Inputs: facts.prompt, facts.doc, facts.family.
-- Why: the text is kept once a document, not once a prompt.
CREATE OR REPLACE VIEW prompts AS
WITH texts AS (SELECT doc, min(text) AS text FROM facts.doc GROUP BY doc)
SELECT p.account_id, t.text, p.sent_at, p.n, p.doc, f.family, f.template
FROM facts.prompt AS p
LEFT JOIN texts AS t USING (doc)
LEFT JOIN facts.family AS f USING (doc)
