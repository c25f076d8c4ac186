-- Grain: one row per value that erased accounts have and nobody else. Inputs: facts.signal,
-- facts.derived, erase_account. Output: erase_lone (kind, value).
-- Why: what is known of an absent cluster may name them.
CREATE OR REPLACE TEMP TABLE erase_lone AS
WITH used AS (
    SELECT kind, value, account_id FROM facts.signal
    UNION ALL
    SELECT kind, value, account_id FROM facts.derived
)
SELECT kind, value
FROM used
SEMI JOIN (
    SELECT DISTINCT kind, value FROM used WHERE account_id IN (SELECT account_id FROM erase_account)
) USING (kind, value)
GROUP BY kind, value
HAVING bool_and(account_id IN (SELECT account_id FROM erase_account))
