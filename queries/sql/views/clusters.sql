-- Grain: one row per sweep and cluster. Inputs: findings.cluster, findings.member,
-- account_decisions. Output: findings.cluster and decision (confirm, benign, watch or NULL).
-- Why: people outrank the machine, in every sweep: a cluster has the decision that at least half of
-- its members carry, those left out who were carved out or won an appeal. Confirmed is the highest
-- tier, benign the lowest. So a cluster that grew, split or met another inherits what it should.
CREATE OR REPLACE VIEW clusters AS
WITH carried AS (
    SELECT m.sweep_id, m.cluster_id, d.decision, count(*) AS n, max(d.force_seq) AS newest
    FROM account_decisions AS d
    JOIN findings.member AS m USING (account_id)
    GROUP BY m.sweep_id, m.cluster_id, d.decision
),
left_out AS (
    SELECT sweep_id, cluster_id, sum(n) AS n
    FROM carried
    WHERE decision IN ('exclude', 'overturn')
    GROUP BY sweep_id, cluster_id
),
decided AS (
    SELECT w.sweep_id, w.cluster_id, arg_max(w.decision, (w.n, w.newest)) AS decision
    FROM carried AS w
    JOIN findings.cluster AS c USING (sweep_id, cluster_id)
    LEFT JOIN left_out AS x USING (sweep_id, cluster_id)
    WHERE
        w.decision NOT IN ('exclude', 'overturn')
        AND 2 * w.n >= c.size - coalesce(x.n, 0)
    GROUP BY w.sweep_id, w.cluster_id
)
SELECT
    c.* REPLACE (
        CASE d.decision WHEN 'confirm' THEN 'confirmed' WHEN 'benign' THEN 'lead' ELSE c.tier END
            AS tier
    ),
    d.decision
FROM findings.cluster AS c
LEFT JOIN decided AS d USING (sweep_id, cluster_id)
