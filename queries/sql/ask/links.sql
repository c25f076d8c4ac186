-- Grain: one row per linked pair of one cluster, or of all. Inputs: links, $sweep_id, $cluster_id.
-- Why: the strongest first.
SELECT *
FROM links
WHERE sweep_id = $sweep_id AND ($cluster_id IS NULL OR cluster_id = $cluster_id)
ORDER BY bits DESC, src, dst
