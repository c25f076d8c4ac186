-- Grain: one row per cluster of a sweep, best first. Input: clusters. Output: all its columns.
-- Why: the overview's table; the order also ranks which clusters get a page.
SELECT *
FROM clusters
WHERE sweep_id = $sweep_id
ORDER BY score DESC NULLS LAST, size DESC, cluster_id
