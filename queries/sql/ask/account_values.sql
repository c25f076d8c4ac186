-- Grain: one row per shared value of an account.
-- Inputs: findings.incidence, findings.value, $sweep_id, $account_key.
-- Why: what an account has in common with others, the most telling first.
SELECT
    v.kind, v.value, v.display, v.family, v.n_accounts, v.bits, v.treatment, v.class, v.why,
    i.first_seen, i.last_seen, i.n
FROM findings.incidence AS i
JOIN findings.value AS v ON v.sweep_id = i.sweep_id AND v.value_key = i.value_key
WHERE i.sweep_id = $sweep_id AND i.account_key = $account_key
ORDER BY v.bits DESC, v.kind, v.value
