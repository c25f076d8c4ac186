-- Grain: one row per decision on an account, or on a cluster with the account on its list, the newest
-- first. Inputs: decisions, register.decision_member, $account_id.
-- Why: what people said about it, in every sweep.
SELECT
    d.decided_at, d.decision, d.status, d.reason_code, d.reviewer, d.cluster_id, d.account_id, d.note
FROM decisions AS d
WHERE
    d.account_id = $account_id
    OR d.decision_id IN (
        SELECT decision_id FROM register.decision_member WHERE account_id = $account_id
    )
ORDER BY d.decided_at DESC, d.seq DESC
