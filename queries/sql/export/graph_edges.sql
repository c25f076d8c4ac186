-- Grain: one row per link inside a cluster, or inside any. Inputs: links; $sweep_id, $cluster_id.
-- Output: src, dst, bits, n_values, families.
-- Why: the edges of a graph for other tools.
SELECT src, dst, bits, n_values, families
FROM links
WHERE
    sweep_id = $sweep_id AND cluster_id IS NOT NULL
    AND ($cluster_id IS NULL OR cluster_id = $cluster_id)
ORDER BY src, dst
