-- Grain: one row per label of an account. Inputs: labels, $account_id. Output: label, source.
-- Why: what was known before; detection never looks at it.
SELECT label, source FROM labels WHERE account_id = $account_id ORDER BY label, source
