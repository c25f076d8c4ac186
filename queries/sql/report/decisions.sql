-- Grain: one row per human decision on a cluster, oldest first. Input: decisions.
-- Output: the decision, its reason, who, what is to be done, and whether it is in force.
-- Why: an analyst must see what colleagues decided, and what still waits for a second one.
SELECT
    cluster_id, decision, status, action, reason_code, reviewer, second_reviewer, n_members,
    decided_at, note
FROM decisions
WHERE cluster_id IS NOT NULL AND account_id IS NULL AND ref IS NULL
ORDER BY decided_at, seq, decision_id
