-- Grain: one row, or none. Inputs: findings.account, findings.member, $sweep_id, $account_id.
-- Output: the account's columns; cluster_id, role, score, bits, why where it is a member.
-- Why: an account as the sweep saw it.
SELECT
    a.account_key, a.account_id, a.created_at, a.status, a.first_seen, a.last_seen,
    m.cluster_id, m.role, m.score, m.bits, m.n_links, m.families, m.why, m.stability
FROM findings.account AS a
LEFT JOIN findings.member AS m
    ON m.sweep_id = a.sweep_id AND m.account_key = a.account_key
WHERE a.sweep_id = $sweep_id AND a.account_id = $account_id
