-- Grain: one row per known and draft cluster with evidence of two families in common, the known one
-- banned at least in part. Inputs: track_evidence and track_gone (registered), finding_evidence,
-- finding_value, track_known, lineage_banned.
-- Output: previous_id, draft_id, n_values, n_families, bits.
-- Why: when every account of a cluster was banned, its cards and devices still tell who is back.
WITH telling AS (
    SELECT cluster_id, kind, value AS name, bits FROM track_evidence
    UNION ALL
    SELECT cluster_id, kind, name, weight FROM track_gone WHERE what = 'value'
),
lost AS (
    SELECT
        k.cluster_id,
        coalesce(sum(k.weight) FILTER (WHERE b.account_id IS NOT NULL), 0) / sum(k.weight) AS banned
    FROM track_known AS k
    LEFT JOIN lineage_banned AS b USING (account_id)
    GROUP BY k.cluster_id
)
SELECT
    t.cluster_id AS previous_id, e.cluster_id AS draft_id, count(*) AS n_values,
    count(DISTINCT v.family) AS n_families, round(sum(least(t.bits, e.bits)), 3) AS bits
FROM telling AS t
JOIN finding_evidence AS e ON e.kind = t.kind AND e.value = t.name
JOIN finding_value AS v ON v.value_key = e.value_key
JOIN lost AS l ON l.cluster_id = t.cluster_id
WHERE e.bits >= 3 AND t.bits >= 3 AND v.treatment = 'used' AND l.banned >= .25
GROUP BY t.cluster_id, e.cluster_id
HAVING count(DISTINCT v.family) >= 2
ORDER BY bits DESC, n_values DESC, previous_id, draft_id
