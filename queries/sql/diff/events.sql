-- Grain: one row per sweep, cluster and event of the sweeps between. Inputs: changes, $sweeps: those
-- after the earlier one up to the later one, oldest first. Output: place in $sweeps, sweep_id,
-- cluster_id, event, other_cluster_id.
-- Why: what was told on the way from one sweep to the other; plain continuation is no news.
WITH chain AS (
    SELECT
        unnest($sweeps::VARCHAR[]) AS sweep_id,
        generate_subscripts($sweeps::VARCHAR[], 1) AS place
)
SELECT c.place, c.sweep_id, x.cluster_id, x.event, x.other_cluster_id
FROM chain AS c
JOIN changes AS x USING (sweep_id)
WHERE x.event IN ('birth', 'merge', 'split', 'resurge', 'replaced', 'death')
ORDER BY c.place, x.cluster_id, x.event, x.other_cluster_id
