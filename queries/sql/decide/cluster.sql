-- Grain: as before. Inputs: finding_cluster, finding_member, finding_evidence, incidence,
-- decide_name. Replaces finding_cluster.
-- Why: a new group is judged as the largest of those it came from, which its sentence says; what can be
-- counted is counted anew.
CREATE OR REPLACE TABLE finding_cluster AS
WITH groups AS (
    SELECT cluster_id, old_id, count(*) AS n
    FROM decide_name
    WHERE cluster_id IS NOT NULL
    GROUP BY cluster_id, old_id
),
parents AS (
    SELECT
        g.cluster_id, arg_max(g.old_id, (g.n, g.old_id)) AS parent, count(*) AS n_parents,
        sum(g.n) < sum(c.size) AS parted
    FROM groups AS g
    JOIN finding_cluster AS c ON c.cluster_id = g.old_id
    GROUP BY g.cluster_id
),
counted AS (
    SELECT
        cluster_id, count(*)::INTEGER AS size,
        count(*) FILTER (WHERE role = 'core')::INTEGER AS n_core,
        count(*) FILTER (WHERE role = 'fringe')::INTEGER AS n_fringe
    FROM finding_member
    GROUP BY cluster_id
),
times AS (
    SELECT m.cluster_id, min(i.first_seen) AS first_seen, max(i.last_seen) AS last_seen
    FROM finding_member AS m
    JOIN incidence AS i USING (account_key)
    JOIN finding_evidence AS e ON e.cluster_id = m.cluster_id AND e.value_key = i.value_key
    GROUP BY m.cluster_id
),
kinds AS (
    SELECT cluster_id, count(DISTINCT kind) FILTER (WHERE bits > 0)::INTEGER AS n_kinds
    FROM finding_evidence
    GROUP BY cluster_id
),
kept AS (
    SELECT c.*
    FROM finding_cluster AS c
    ANTI JOIN (SELECT DISTINCT old_id AS cluster_id FROM decide_name) AS o USING (cluster_id)
)
SELECT * FROM kept
UNION ALL
SELECT
    c.* REPLACE (
        p.cluster_id AS cluster_id, n.size AS size, n.n_core AS n_core, n.n_fringe AS n_fringe,
        t.first_seen AS first_seen, t.last_seen AS last_seen, coalesce(k.n_kinds, 0) AS n_kinds,
        format(
            'Reviewers {}; the score is that of the largest cluster found: {}',
            CASE
                WHEN p.n_parents > 1 AND p.parted THEN format('put together parts of {:d} clusters', p.n_parents)
                WHEN p.n_parents > 1 THEN format('put {:d} clusters together', p.n_parents)
                ELSE format('set these {:d} accounts apart', n.size)
            END,
            c.summary
        ) AS summary
    )
FROM parents AS p
JOIN finding_cluster AS c ON c.cluster_id = p.parent
JOIN counted AS n ON n.cluster_id = p.cluster_id
LEFT JOIN times AS t ON t.cluster_id = p.cluster_id
LEFT JOIN kinds AS k ON k.cluster_id = p.cluster_id
