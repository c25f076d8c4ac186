-- Grain: one row per cluster. Input: past_cluster. Output: cluster_id.
-- Why: to name the nearest when one is not known.
SELECT cluster_id FROM past_cluster ORDER BY cluster_id
