-- Grain: one row per cluster, side (gained or lost) and value, the first $most of each.
-- Inputs: findings.evidence; $a, $b, $clusters, $most as for diff/accounts.
-- Output: cluster_id, side, kind, value, n_in (members on it), bits, n (values of the side).
-- Why: what a cluster newly shares tells where it goes; what it no longer shares, what it gave up.
WITH earlier AS (
    SELECT cluster_id, kind, value, n_in, bits
    FROM findings.evidence
    WHERE sweep_id = $a AND list_contains($clusters::VARCHAR[], cluster_id)
),
later AS (
    SELECT cluster_id, kind, value, n_in, bits
    FROM findings.evidence
    WHERE sweep_id = $b AND list_contains($clusters::VARCHAR[], cluster_id)
),
moved AS (
    SELECT 'gained' AS side, l.*
    FROM later AS l
    ANTI JOIN earlier AS e USING (cluster_id, kind, value)
    UNION ALL
    SELECT 'lost', e.*
    FROM earlier AS e
    ANTI JOIN later AS l USING (cluster_id, kind, value)
)
SELECT
    cluster_id, side, kind, value, n_in, bits, count(*) OVER (PARTITION BY cluster_id, side) AS n
FROM moved
QUALIFY row_number() OVER (
    PARTITION BY cluster_id, side ORDER BY n_in * bits DESC, kind, value
) <= $most
ORDER BY cluster_id, side, n_in * bits DESC, kind, value
