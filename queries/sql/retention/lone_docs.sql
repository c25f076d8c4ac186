-- Grain: one row per prompt text that only erased accounts have. Inputs: facts.prompt, erase_account.
-- Output: erase_doc (doc).
-- Why: texts and families go when nobody else has them.
CREATE OR REPLACE TEMP TABLE erase_doc AS
SELECT doc
FROM facts.prompt
GROUP BY doc
HAVING bool_and(account_id IN (SELECT account_id FROM erase_account))
