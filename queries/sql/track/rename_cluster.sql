-- Grain: one row per cluster. Inputs: finding_cluster, track_name. Replaces finding_cluster.
-- Why: persistent name and event in place of the draft's.
CREATE OR REPLACE TABLE finding_cluster AS
SELECT c.* REPLACE (coalesce(t.cluster_id, c.cluster_id) AS cluster_id, t.event AS change)
FROM finding_cluster AS c
LEFT JOIN track_name AS t ON t.draft_id = c.cluster_id
