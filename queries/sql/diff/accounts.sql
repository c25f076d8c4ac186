-- Grain: one row per cluster, side (joined or left) and account, the first $most of each.
-- Inputs: findings.member; $a, $b as for diff/clusters; $clusters: those to tell of.
-- Output: cluster_id, side, account_id, other_cluster_id (where it came from or went to).
-- Why: who is new in a cluster and who is gone from it. The firmest members come first.
WITH earlier AS (
    SELECT cluster_id, account_id, score FROM findings.member WHERE sweep_id = $a
),
later AS (
    SELECT cluster_id, account_id, score FROM findings.member WHERE sweep_id = $b
),
moved AS (
    SELECT
        l.cluster_id, 'joined' AS side, l.account_id, e.cluster_id AS other_cluster_id, l.score
    FROM later AS l
    LEFT JOIN earlier AS e USING (account_id)
    WHERE e.cluster_id IS DISTINCT FROM l.cluster_id
    UNION ALL
    SELECT e.cluster_id, 'left', e.account_id, l.cluster_id, e.score
    FROM earlier AS e
    LEFT JOIN later AS l USING (account_id)
    WHERE e.cluster_id IS DISTINCT FROM l.cluster_id
)
SELECT cluster_id, side, account_id, other_cluster_id
FROM moved
WHERE list_contains($clusters::VARCHAR[], cluster_id)
QUALIFY row_number() OVER (
    PARTITION BY cluster_id, side ORDER BY score DESC, account_id
) <= $most
ORDER BY cluster_id, side, score DESC, account_id
