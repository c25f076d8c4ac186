-- Grain: one row per cluster asked for. Inputs: findings.member, $sweep_id, $clusters.
-- Output: cluster_id, n_members.
-- Why: only what is there can be decided on.
SELECT cluster_id, count(*)::INTEGER AS n_members
FROM findings.member
WHERE sweep_id = $sweep_id AND list_contains($clusters::VARCHAR[], cluster_id)
GROUP BY cluster_id
ORDER BY cluster_id
