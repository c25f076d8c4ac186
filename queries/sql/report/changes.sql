-- Grain: one row per cluster and event of a sweep that is news. Input: changes, clusters.
-- Output: the event, the other cluster, accounts joined and left, the size now.
-- Why: what is new since the sweep before; plain continuation is none.
SELECT c.cluster_id, c.event, c.other_cluster_id, c.n_joined, c.n_left, k.size, k.tier
FROM changes AS c
LEFT JOIN clusters AS k ON k.sweep_id = c.sweep_id AND k.cluster_id = c.cluster_id
WHERE c.sweep_id = $sweep_id AND c.event <> 'continue'
ORDER BY coalesce(k.score, 0) DESC, c.cluster_id, c.event, c.other_cluster_id
