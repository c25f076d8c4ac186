-- Grain: one row per cluster that people confirmed or called benign. Inputs: decisions,
-- register.decision_member, account_decisions, findings.cluster. Output: cluster_id, sweep_id, size,
-- features, n_bad and n_good (accounts of the list and what holds for them now), said.
-- Why: the newest decision in force, with the facts of the sweep that the reviewer looked at: what
-- enforcement did afterwards must not explain the decision. Accounts that won an appeal since count
-- against a confirmation.
WITH newest AS (
    SELECT cluster_id, sweep_id, decision_id, decision
    FROM decisions
    WHERE
        status = 'in force' AND cluster_id IS NOT NULL AND account_id IS NULL
        AND decision IN ('confirm', 'benign', 'watch')
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY force_seq DESC) = 1
),
votes AS (
    SELECT
        m.decision_id,
        count(*) FILTER (WHERE a.decision = 'confirm') AS n_bad,
        count(*) FILTER (WHERE a.decision IN ('benign', 'overturn')) AS n_good
    FROM newest AS n
    JOIN register.decision_member AS m USING (decision_id)
    JOIN account_decisions AS a USING (account_id)
    GROUP BY m.decision_id
)
SELECT
    n.cluster_id, n.sweep_id, c.size, c.features,
    coalesce(v.n_bad, 0)::BIGINT AS n_bad, coalesce(v.n_good, 0)::BIGINT AS n_good,
    n.decision AS said
FROM newest AS n
JOIN findings.cluster AS c USING (sweep_id, cluster_id)
LEFT JOIN votes AS v USING (decision_id)
WHERE n.decision IN ('confirm', 'benign')
ORDER BY n.cluster_id
