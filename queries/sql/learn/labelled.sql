-- Grain: one row per cluster of a sweep with accounts that are known one by one. Inputs: labels,
-- account_decisions, findings.member, findings.cluster; $sweep_id. Output: cluster_id, sweep_id, size,
-- features, n_bad, n_good.
-- Why: labels, and decisions on single accounts, which outrank them; a label is bad unless it says
-- good. What was decided on whole clusters is in learn/reviewed. Accounts whose labels contradict one
-- another say nothing.
WITH said AS (
    SELECT account_id, decision = 'confirm' AS bad, 1 AS rank
    FROM account_decisions
    WHERE level <> 'cluster' AND decision IN ('confirm', 'benign', 'overturn')
    UNION ALL
    SELECT account_id, lower(trim(label)) <> 'good', 0
    FROM labels
),
known AS (
    SELECT account_id, bool_or(bad) AS bad
    FROM (SELECT * FROM said QUALIFY rank = max(rank) OVER (PARTITION BY account_id))
    GROUP BY account_id
    HAVING bool_or(bad) = bool_and(bad)
)
SELECT
    c.cluster_id, c.sweep_id, c.size, c.features,
    count(*) FILTER (WHERE k.bad) AS n_bad, count(*) FILTER (WHERE NOT k.bad) AS n_good
FROM findings.cluster AS c
JOIN findings.member AS m USING (sweep_id, cluster_id)
JOIN known AS k USING (account_id)
WHERE c.sweep_id = $sweep_id
GROUP BY c.cluster_id, c.sweep_id, c.size, c.features
ORDER BY c.cluster_id
