-- Grain: one row per account of a cluster, or of all. Inputs: findings.member, findings.account,
-- clusters; $sweep_id, $cluster_id. Output: account_id, cluster_id, role, score, tier, class, created_at, status.
-- Why: the vertices of a graph for other tools.
SELECT
    m.account_id, m.cluster_id, m.role, m.score, c.tier, c.class, a.created_at, a.status
FROM findings.member AS m
JOIN clusters AS c USING (sweep_id, cluster_id)
JOIN findings.account AS a USING (sweep_id, account_key)
WHERE m.sweep_id = $sweep_id AND ($cluster_id IS NULL OR m.cluster_id = $cluster_id)
ORDER BY m.account_id
