-- Grain: one row per account or shared value of a cluster of a sweep, clusters best first as in
-- report/clusters. Inputs: clusters, findings.member, findings.evidence, findings.value.
-- Output: place (0-based, of the cluster), kind (NULL for an account), display.
-- Why: "in which cluster is this account, or this card?" is answered by the overview's search.
WITH ranked AS (
    SELECT
        cluster_id, row_number() OVER (ORDER BY score DESC NULLS LAST, size DESC, cluster_id) - 1 AS place
    FROM clusters
    WHERE sweep_id = $sweep_id
),
named AS (
    SELECT r.place, NULL AS kind, m.account_id AS display
    FROM ranked AS r
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = r.cluster_id
),
shared AS (
    SELECT r.place, e.kind, coalesce(v.display, e.value) AS display
    FROM ranked AS r
    JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = r.cluster_id
    LEFT JOIN findings.value AS v ON v.sweep_id = $sweep_id AND v.value_key = e.value_key
)
SELECT place, kind, display FROM named
UNION ALL
SELECT place, kind, display FROM shared
ORDER BY place, kind NULLS FIRST, display
