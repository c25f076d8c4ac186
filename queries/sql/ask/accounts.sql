-- Grain: one row per account key in $keys. Inputs: findings.account, findings.member, $sweep_id,
-- $keys. Output: account_key, account_id, cluster_id, role.
-- Why: the accounts around a question, all at once.
SELECT a.account_key, a.account_id, m.cluster_id, m.role
FROM findings.account AS a
LEFT JOIN findings.member AS m ON m.sweep_id = a.sweep_id AND m.account_key = a.account_key
WHERE a.sweep_id = $sweep_id AND a.account_key IN (SELECT unnest($keys::INTEGER[]))
ORDER BY a.account_key
