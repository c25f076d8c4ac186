-- Grain: one row per overturned account and shared value that tied it to its cluster. Inputs:
-- review_target (registered: target, account_id, decision), findings.account, findings.incidence, findings.evidence,
-- findings.member, account_decisions; $sweep_id. Output: review_value (target, kind, value).
-- Why: the evidence that was wrong about this account is labelled with it. The sweep of the decision
-- appealed against counts where there is one, else the newest.
CREATE OR REPLACE TEMP TABLE review_value AS
WITH asked AS (
    SELECT t.target, t.account_id, coalesce(d.sweep_id, $sweep_id) AS sweep_id
    FROM review_target AS t
    LEFT JOIN account_decisions AS d USING (account_id)
    WHERE t.decision = 'overturn'
)
SELECT DISTINCT q.target, e.kind, e.value
FROM asked AS q
JOIN findings.member AS m USING (sweep_id, account_id)
JOIN findings.incidence AS i USING (sweep_id, account_key)
JOIN findings.evidence AS e
    ON e.sweep_id = q.sweep_id AND e.cluster_id = m.cluster_id AND e.value_key = i.value_key
WHERE e.bits > 0
