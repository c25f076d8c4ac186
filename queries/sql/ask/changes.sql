-- Grain: one row per cluster and event of a sweep. Inputs: changes, $sweep_id.
-- Why: what is new against the sweep before.
SELECT * FROM changes WHERE sweep_id = $sweep_id ORDER BY event, cluster_id, other_cluster_id
