-- Grain: one row per cluster of a sweep. Inputs: clusters, $sweep_id.
-- Why: the one to open first comes first: by tier, then score, then size.
SELECT *
FROM clusters
WHERE sweep_id = $sweep_id
ORDER BY
    CASE tier WHEN 'confirmed' THEN 0 WHEN 'coordinated' THEN 1 WHEN 'linked' THEN 2 ELSE 3 END,
    score DESC, size DESC, cluster_id
