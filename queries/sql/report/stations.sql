-- Grain: one row per cluster of the sweeps of the alluvial. Inputs: clusters; $sweeps as for flows.
-- Output: step, cluster_id, size, tier, score. Why: the bars between which its bands run.
WITH chain AS (
    SELECT
        unnest($sweeps::VARCHAR[]) AS sweep_id,
        generate_subscripts($sweeps::VARCHAR[], 1) AS step
)
SELECT c.step, k.cluster_id, k.size, k.tier, coalesce(k.score, 0) AS score
FROM chain AS c
JOIN clusters AS k USING (sweep_id)
ORDER BY c.step, k.size DESC, k.cluster_id
