-- Grain: one row per sweep of a chain and event of one cluster; one without an event where it just
-- went on. Inputs: identities, clusters; $cluster_id; $sweeps: the chain, oldest first.
-- Output: sweep_id, as_of, event, other_cluster_id, n_joined, n_left, size, tier, class, score.
-- Why: the life of a cluster. The log tells of sweeps whose findings are gone.
WITH chain AS (
    SELECT
        unnest($sweeps::VARCHAR[]) AS sweep_id,
        generate_subscripts($sweeps::VARCHAR[], 1) AS place
),
told AS (
    SELECT * FROM identities WHERE cluster_id = $cluster_id
),
found AS (
    SELECT sweep_id, size, tier, class, score, change FROM clusters WHERE cluster_id = $cluster_id
)
SELECT
    c.sweep_id, s.as_of, coalesce(t.event, f.change) AS event, t.other_cluster_id,
    coalesce(t.n_joined, x.n_joined) AS n_joined, coalesce(t.n_left, x.n_left) AS n_left, f.size,
    f.tier, f.class, f.score
FROM chain AS c
JOIN sweeps AS s USING (sweep_id)
LEFT JOIN told AS t USING (sweep_id)
LEFT JOIN found AS f ON f.sweep_id = c.sweep_id
LEFT JOIN changes AS x
    ON t.event IS NULL AND x.sweep_id = c.sweep_id AND x.cluster_id = $cluster_id
WHERE t.event IS NOT NULL OR f.size IS NOT NULL
ORDER BY c.place, t.event = f.change DESC, event, t.other_cluster_id
