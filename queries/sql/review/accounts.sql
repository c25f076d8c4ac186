-- Grain: one row per account asked for and known. Inputs: findings.account, findings.member,
-- register.decision_member, facts.account; $sweep_id, $accounts. Output: account_id, cluster_id and role in
-- the sweep, or NULL.
-- Why: a decision on one account remembers where the reviewer saw it. An account may have left the
-- window since, and still be appealed for.
WITH wanted AS (SELECT DISTINCT unnest($accounts::VARCHAR[]) AS account_id),
known AS (
    SELECT account_id FROM findings.account WHERE sweep_id = $sweep_id
    UNION
    SELECT account_id FROM facts.account
    UNION
    SELECT account_id FROM register.decision_member
)
SELECT w.account_id, m.cluster_id, m.role
FROM wanted AS w
SEMI JOIN known AS k USING (account_id)
LEFT JOIN findings.member AS m ON m.account_id = w.account_id AND m.sweep_id = $sweep_id
ORDER BY w.account_id
