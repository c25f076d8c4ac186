-- Grain: one row per cluster of a sweep and cluster of the sweep after it with a member in common.
-- Inputs: findings.member; $sweeps: consecutive sweeps, oldest first.
-- Output: step (1-based place of the earlier sweep in $sweeps), source, target, n accounts.
-- Why: the alluvial of the overview: who went where.
WITH chain AS (
    SELECT
        unnest($sweeps::VARCHAR[]) AS sweep_id,
        generate_subscripts($sweeps::VARCHAR[], 1) AS step
),
placed AS (
    SELECT c.step, m.cluster_id, m.account_id
    FROM chain AS c
    JOIN findings.member AS m USING (sweep_id)
)
SELECT a.step, a.cluster_id AS source, b.cluster_id AS target, count(*) AS n
FROM placed AS a
JOIN placed AS b ON b.step = a.step + 1 AND b.account_id = a.account_id
GROUP BY a.step, a.cluster_id, b.cluster_id
ORDER BY a.step, n DESC, source, target
