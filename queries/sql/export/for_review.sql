-- Grain: one row per cluster that nobody decided on. Inputs: clusters, findings.member,
-- register.sweep; $sweep_id, $most (accounts). Output: cluster_id, tier, size, summary, accounts (the firmest
-- first), reported_at.
-- Why: what another review tool is asked to look at. Leads are left out: they are no finding yet.
SELECT
    c.cluster_id, c.tier, c.size, c.summary, any_value(s.finished_at) AS reported_at,
    list(m.account_id ORDER BY
        CASE m.role WHEN 'core' THEN 0 WHEN 'member' THEN 1 ELSE 2 END, m.score DESC, m.account_id
    )[:$most] AS accounts
FROM clusters AS c
JOIN findings.member AS m USING (sweep_id, cluster_id)
JOIN register.sweep AS s USING (sweep_id)
WHERE c.sweep_id = $sweep_id AND c.decision IS NULL AND c.tier <> 'lead'
GROUP BY c.cluster_id, c.tier, c.size, c.summary, c.score
ORDER BY c.score DESC, c.size DESC, c.cluster_id
