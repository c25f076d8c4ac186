-- Grain: one row per tier. Inputs: finding_cluster, finding_member, decide_carried (registered:
-- account_id, decision, force_seq). Output: tier, n.
-- Why: the sweep's summary in numbers, with what people decided, as the view clusters has it.
WITH carried AS (
    SELECT m.cluster_id, d.decision, count(*) AS n, max(d.force_seq) AS newest
    FROM decide_carried AS d
    JOIN finding_member AS m USING (account_id)
    GROUP BY m.cluster_id, d.decision
),
left_out AS (
    SELECT cluster_id, sum(n) AS n
    FROM carried
    WHERE decision IN ('exclude', 'overturn')
    GROUP BY cluster_id
),
decided AS (
    SELECT w.cluster_id, arg_max(w.decision, (w.n, w.newest)) AS decision
    FROM carried AS w
    JOIN finding_cluster AS c USING (cluster_id)
    LEFT JOIN left_out AS x USING (cluster_id)
    WHERE w.decision NOT IN ('exclude', 'overturn') AND 2 * w.n >= c.size - coalesce(x.n, 0)
    GROUP BY w.cluster_id
),
told AS (
    SELECT
        CASE d.decision WHEN 'confirm' THEN 'confirmed' WHEN 'benign' THEN 'lead' ELSE c.tier END
            AS tier
    FROM finding_cluster AS c
    LEFT JOIN decided AS d USING (cluster_id)
)
SELECT tier, count(*) AS n FROM told GROUP BY tier ORDER BY tier
