-- Grain: one row per cluster and event of a sweep that is news. Inputs: changes, clusters, sweeps.
-- Output: the event, the other cluster, accounts joined and left, the size now, the tier before and now.
-- Why: what is new since the sweep before; plain continuation is none, unless the tier moved.
WITH earlier AS (
    SELECT cluster_id, tier
    FROM clusters
    WHERE sweep_id = (SELECT detail ->> '$.previous' FROM sweeps WHERE sweep_id = $sweep_id)
)
SELECT
    c.cluster_id, c.event, c.other_cluster_id, c.n_joined, c.n_left, k.size,
    e.tier AS tier_before, k.tier
FROM changes AS c
LEFT JOIN clusters AS k ON k.sweep_id = c.sweep_id AND k.cluster_id = c.cluster_id
LEFT JOIN earlier AS e ON e.cluster_id = c.cluster_id
WHERE c.sweep_id = $sweep_id AND (c.event <> 'continue' OR e.tier <> k.tier)
ORDER BY coalesce(k.score, 0) DESC, c.cluster_id, c.event, c.other_cluster_id
