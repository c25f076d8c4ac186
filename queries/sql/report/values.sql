-- Grain: one row per shared value of a cluster with a page, by page and value_key.
-- Inputs: findings.evidence, findings.value; $ids: clusters with a page, in order.
-- Output: page, the value for people, how many inside and outside have it, its treatment.
-- Why: the columns of the evidence picture and the table of shared values.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
)
SELECT
    p.page, e.value_key, e.kind, coalesce(v.family, 'relation') AS family, e.value,
    coalesce(v.display, e.value) AS display, v.class, v.treatment, e.n_in, e.n_all, e.bits, v.why,
    epoch_us(v.first_seen) // 1000000 AS first_seen,
    epoch_us(v.last_seen) // 1000000 AS last_seen
FROM pages AS p
JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id
LEFT JOIN findings.value AS v ON v.sweep_id = $sweep_id AND v.value_key = e.value_key
ORDER BY p.page, e.value_key
