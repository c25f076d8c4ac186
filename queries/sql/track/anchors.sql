-- Grain: one row per cluster that people confirmed and account on their list. Inputs: decisions,
-- register.decision_member, register.sweep; $window_end. Output: cluster_id, account_id.
-- Why: who confirmed a cluster meant these accounts: the name follows them through splits and
-- merges. Only what was decided on earlier sweeps counts, so that deciding does not rename a sweep.
SELECT DISTINCT d.cluster_id, m.account_id
FROM decisions AS d
JOIN register.decision_member AS m USING (decision_id)
JOIN register.sweep AS s ON s.sweep_id = d.sweep_id
WHERE
    d.decision = 'confirm' AND d.status = 'in force' AND d.cluster_id IS NOT NULL
    AND m.account_id IS NOT NULL AND s.window_end < $window_end
ORDER BY d.cluster_id, m.account_id
