-- Grain: one row per cluster of either sweep. Inputs: clusters, findings.member; $a, $b: the earlier
-- and the later sweep. Output: cluster_id, what each sweep says of it (NULL where it is not there),
-- accounts joined and left.
-- Why: names last, so two sweeps are compared by name, however many lie between them.
WITH earlier AS (
    SELECT cluster_id, size, tier, class, score FROM clusters WHERE sweep_id = $a
),
later AS (
    SELECT cluster_id, size, tier, class, score, change FROM clusters WHERE sweep_id = $b
),
both_have AS (
    SELECT x.cluster_id, count(*) AS n
    FROM findings.member AS x
    JOIN findings.member AS y ON y.cluster_id = x.cluster_id AND y.account_id = x.account_id
    WHERE x.sweep_id = $a AND y.sweep_id = $b
    GROUP BY x.cluster_id
)
SELECT
    cluster_id, e.size AS size_before, l.size AS size_now, e.tier AS tier_before,
    l.tier AS tier_now, e.class AS class_before, l.class AS class_now, e.score AS score_before,
    l.score AS score_now, l.change,
    (coalesce(l.size, 0) - coalesce(o.n, 0))::BIGINT AS n_joined,
    (coalesce(e.size, 0) - coalesce(o.n, 0))::BIGINT AS n_left
FROM earlier AS e
FULL JOIN later AS l USING (cluster_id)
LEFT JOIN both_have AS o USING (cluster_id)
ORDER BY coalesce(l.score, 0) DESC, coalesce(l.size, e.size) DESC, cluster_id
