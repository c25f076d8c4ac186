-- Grain: one row per cluster. Inputs: findings.cluster, $sweep_id. Output: cluster_id.
-- Why: to name the nearest when one is not known.
SELECT cluster_id FROM findings.cluster WHERE sweep_id = $sweep_id ORDER BY cluster_id
