-- Grain: one row per account key in $keys. Inputs: findings.account, $sweep_id, $keys.
-- Output: account_key, account_id.
-- Why: dense keys inside, names at the edge.
SELECT account_key, account_id
FROM findings.account
WHERE sweep_id = $sweep_id AND account_key IN (SELECT unnest($keys::INTEGER[]))
ORDER BY account_key
