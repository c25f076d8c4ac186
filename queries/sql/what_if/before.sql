-- Grain: one row per cluster in $clusters. Inputs: past_cluster, $clusters.
-- Output: the finding's row.
-- Why: what stands against what would be.
SELECT
    cluster_id, size, score, tier, class, families, q_value, stability, n_core, n_fringe, summary
FROM past_cluster
WHERE list_contains($clusters::VARCHAR[], cluster_id)
ORDER BY cluster_id
