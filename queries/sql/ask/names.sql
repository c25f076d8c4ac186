-- Grain: one row per account key in $keys. Inputs: findings.account, $sweep_id, $keys.
-- Output: account_key, account_id.
-- Why: dense keys inside, names at the edge.
SELECT account_key, account_id
FROM findings.account
WHERE sweep_id = $sweep_id AND list_contains($keys::INTEGER[], account_key)
ORDER BY account_key
