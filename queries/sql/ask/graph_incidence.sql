-- Grain: one row per member and shared value of a cluster.
-- Inputs: findings.member, findings.evidence, findings.incidence, findings.value, $sweep_id,
-- $cluster_id. Output: account_id, role, kind, value, display, bits, n_accounts, treatment, n.
-- Why: the bipartite picture of a cluster.
SELECT
    m.account_id, m.role, v.kind, v.value, v.display, e.bits, v.n_accounts, v.treatment, i.n
FROM findings.evidence AS e
JOIN findings.incidence AS i ON i.sweep_id = e.sweep_id AND i.value_key = e.value_key
JOIN findings.member AS m
    ON m.sweep_id = e.sweep_id AND m.cluster_id = e.cluster_id AND m.account_key = i.account_key
JOIN findings.value AS v ON v.sweep_id = e.sweep_id AND v.value_key = e.value_key
WHERE e.sweep_id = $sweep_id AND e.cluster_id = $cluster_id
ORDER BY m.account_id, v.kind, v.value
