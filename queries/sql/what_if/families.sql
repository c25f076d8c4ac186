-- Grain: one row per family of evidence in the clusters in question. Inputs: past_cluster, scope.
-- Output: family, clusters.
-- Why: which leavings-out there are; timing is no value that could be left out.
WITH parts AS (
    SELECT c.cluster_id, unnest(c.families) AS family
    FROM past_cluster AS c
    SEMI JOIN scope USING (cluster_id)
)
SELECT family, list(cluster_id ORDER BY cluster_id) AS clusters
FROM parts
WHERE family <> 'timing'
GROUP BY family
ORDER BY family
