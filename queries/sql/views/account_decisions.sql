-- Grain: one row per account that people decided on. Inputs: decisions, register.decision_member.
-- Output: account_id, decision (confirm, benign, watch, exclude, overturn), level (appeal, account,
-- cluster), role as the reviewer saw it, and the decision behind it.
-- Why: a decision on a cluster is a decision on each account on its list, so it survives whatever
-- later sweeps make of the cluster. A won appeal outranks a decision on the account alone, which
-- outranks any on a cluster; among equals the newest in force counts.
CREATE OR REPLACE VIEW account_decisions AS
WITH said AS (
    SELECT
        d.account_id, d.decision_id, d.decision, d.role,
        if(d.decision = 'overturn', 2, 1) AS rank
    FROM decisions AS d
    WHERE
        d.status = 'in force' AND d.account_id IS NOT NULL
        AND d.decision IN ('confirm', 'benign', 'watch', 'exclude', 'overturn')
    UNION ALL
    SELECT m.account_id, d.decision_id, d.decision, m.role, 0
    FROM register.decision_member AS m
    JOIN decisions AS d USING (decision_id)
    WHERE
        d.status = 'in force' AND m.account_id IS NOT NULL
        AND d.decision IN ('confirm', 'benign', 'watch')
)
SELECT
    s.account_id, s.decision, ['cluster', 'account', 'appeal'][s.rank + 1] AS level, s.role,
    s.decision_id, d.cluster_id, d.sweep_id, d.action, d.reason_code, d.policy_id, d.reviewer,
    d.second_reviewer, d.decided_at, d.force_at, d.force_seq, d.members_hash
FROM said AS s
JOIN decisions AS d USING (decision_id)
QUALIFY row_number() OVER (PARTITION BY s.account_id ORDER BY s.rank DESC, d.force_seq DESC) = 1
