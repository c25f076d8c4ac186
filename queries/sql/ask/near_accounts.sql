-- Grain: at most five rows. Inputs: findings.account, $sweep_id, $account_id. Output: account_id.
-- Why: to name the nearest when one is not known, without reading a million names into memory.
SELECT account_id
FROM findings.account
WHERE sweep_id = $sweep_id
ORDER BY jaro_winkler_similarity(account_id, $account_id) DESC, account_id
LIMIT 5
