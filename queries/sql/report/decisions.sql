-- Grain: one row per human decision on a cluster, oldest first. Input: decisions.
-- Why: an analyst must see what colleagues decided.
SELECT cluster_id, decision, reason_code, reviewer, decided_at, note
FROM decisions
WHERE cluster_id IS NOT NULL AND account_id IS NULL
ORDER BY decided_at, decision_id
