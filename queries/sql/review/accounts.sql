-- Grain: one row per account asked for and known. Inputs: findings.account, findings.member,
-- register.decision_member, facts.account, facts.signal, facts.prompt, facts.event, facts.link, facts.label,
-- register.export_row; $sweep_id (NULL before the first sweep), $accounts. Output: account_id, cluster_id and role
-- in the sweep, or NULL.
-- Why: a decision on one account remembers where the reviewer saw it. An account may have left the
-- window since, and still be appealed for, or have come after the sweep; whoever any table names is
-- there.
WITH wanted AS (SELECT DISTINCT unnest($accounts::VARCHAR[]) AS account_id),
known AS (
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.account AS k USING (account_id)
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.signal AS k USING (account_id)
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.prompt AS k USING (account_id)
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.event AS k USING (account_id)
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.label AS k USING (account_id)
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.link AS k ON k.src = w.account_id
    UNION
    SELECT w.account_id FROM wanted AS w SEMI JOIN facts.link AS k ON k.dst = w.account_id
    UNION
    SELECT account_id FROM findings.account WHERE sweep_id = $sweep_id
    UNION
    SELECT account_id FROM register.decision_member
    UNION
    SELECT account_id FROM register.export_row
)
SELECT w.account_id, m.cluster_id, m.role
FROM wanted AS w
SEMI JOIN known AS k USING (account_id)
LEFT JOIN findings.member AS m ON m.account_id = w.account_id AND m.sweep_id = $sweep_id
ORDER BY w.account_id
