-- Grain: one row per account that the store names anywhere. Inputs: facts, findings.account,
-- register.decision, register.decision_member, register.export_row, erase_account. Output: account_id.
-- Why: a slip in a name must not look like a success.
SELECT account_id
FROM erase_account
WHERE
    account_id IN (SELECT account_id FROM facts.account)
    OR account_id IN (SELECT account_id FROM facts.signal)
    OR account_id IN (SELECT account_id FROM facts.prompt)
    OR account_id IN (SELECT account_id FROM facts.event)
    OR account_id IN (SELECT account_id FROM facts.label)
    OR account_id IN (SELECT src FROM facts.link)
    OR account_id IN (SELECT dst FROM facts.link)
    OR account_id IN (SELECT account_id FROM findings.account)
    OR account_id IN (SELECT account_id FROM register.decision WHERE account_id IS NOT NULL)
    OR account_id IN (SELECT account_id FROM register.decision_member WHERE account_id IS NOT NULL)
    OR account_id IN (SELECT account_id FROM register.export_row WHERE account_id IS NOT NULL)
ORDER BY account_id
