-- Grain: one row per decision on a cluster, the newest first. Inputs: decisions, $cluster_id.
-- Why: what people said about it, in every sweep.
SELECT decided_at, decision, status, reason_code, reviewer, cluster_id, account_id, note
FROM decisions
WHERE cluster_id = $cluster_id
ORDER BY decided_at DESC, seq DESC
