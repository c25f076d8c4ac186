-- Grain: one row, or none. Inputs: clusters, $sweep_id, $cluster_id.
-- Why: all that is known about one cluster.
SELECT * FROM clusters WHERE sweep_id = $sweep_id AND cluster_id = $cluster_id
