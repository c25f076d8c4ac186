-- Grain: one row per shared value of an account.
-- Inputs: findings.incidence, findings.value, findings.evidence, $sweep_id, $account_key,
-- $cluster_id (of the account, or NULL). Output: the value's columns; first_seen, last_seen, n of the
-- account; n_in (members of its cluster that have it, the account included; NULL where it is alone).
-- Why: what an account has in common with others, the most telling first.
SELECT
    v.kind, v.value, v.display, v.family, v.n_accounts, v.bits, v.treatment, v.class, v.why,
    i.first_seen, i.last_seen, i.n, e.n_in
FROM findings.incidence AS i
JOIN findings.value AS v ON v.sweep_id = i.sweep_id AND v.value_key = i.value_key
LEFT JOIN findings.evidence AS e
    ON e.sweep_id = i.sweep_id AND e.value_key = i.value_key AND e.cluster_id = $cluster_id
WHERE i.sweep_id = $sweep_id AND i.account_key = $account_key
ORDER BY v.bits DESC, v.kind, v.value
