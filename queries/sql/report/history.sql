-- Grain: one row per cluster with a page and sweep up to this one, by page and time.
-- Inputs: clusters, sweeps; $ids: as for the pages. Output: page, sweep, size, score, tier, change.
-- Why: how a cluster came to be what it is.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
)
SELECT p.page, s.sweep_id, s.as_of, c.size, c.score, c.tier, c.change
FROM pages AS p
JOIN clusters AS c ON c.cluster_id = p.cluster_id
JOIN sweeps AS s ON s.sweep_id = c.sweep_id
WHERE
    (s.as_of < $as_of::TIMESTAMP AND s.status IN ('complete', 'degraded'))
    OR s.sweep_id = $sweep_id
ORDER BY p.page, s.as_of, s.finished_at, s.sweep_id
