-- Grain: one row per entry of the decision log, oldest first. Inputs: decisions; $cluster_id,
-- $account_id and $status (NULL for any).
-- Why: who decided what, and what it is worth now.
SELECT *
FROM decisions
WHERE
    ($cluster_id IS NULL OR cluster_id = $cluster_id)
    AND ($account_id IS NULL OR account_id = $account_id OR decision_id IN (
        SELECT decision_id FROM register.decision_member WHERE account_id = $account_id
    ))
    AND ($status IS NULL OR status = $status)
ORDER BY seq
