-- Grain: one row per cluster and event. Inputs: track_name, track_previous, $sweep_id.
-- Output: finding_change.
-- Why: what is new against the sweep before; a name that nobody carries on has died.
CREATE OR REPLACE TABLE finding_change AS
SELECT
    $sweep_id AS sweep_id, cluster_id, event, NULL::VARCHAR AS other_cluster_id, n_joined, n_left
FROM track_name
UNION ALL
SELECT
    $sweep_id, cluster_id, 'death', NULL, 0, count(*)::INTEGER
FROM track_previous
WHERE cluster_id NOT IN (SELECT cluster_id FROM track_name)
GROUP BY cluster_id
