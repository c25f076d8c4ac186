-- Grain: one row per cluster of a sweep. Inputs: clusters, findings.member, account_decisions, decisions,
-- register.decision_member; $sweep_id. Output: cluster_id, decision (in force for at least half of its
-- members, or NULL), decision_id, reviewer, second_reviewer and decided_at of the newest such decision,
-- pending (a decision that waits for a second reviewer, or NULL), n_undecided (members that nobody
-- decided on).
-- Why: a list of clusters is worked through; who looked at which already is part of it.
WITH members AS (
    SELECT
        m.cluster_id, count(*) FILTER (WHERE d.account_id IS NULL) AS n_undecided
    FROM findings.member AS m
    LEFT JOIN account_decisions AS d USING (account_id)
    WHERE m.sweep_id = $sweep_id
    GROUP BY m.cluster_id
),
newest AS (
    SELECT m.cluster_id, d.decision, arg_max(d.decision_id, d.force_seq) AS decision_id
    FROM findings.member AS m
    JOIN account_decisions AS d USING (account_id)
    WHERE m.sweep_id = $sweep_id
    GROUP BY m.cluster_id, d.decision
),
waiting AS (
    SELECT m.cluster_id, arg_max(d.decision_id, d.seq) AS pending
    FROM decisions AS d
    LEFT JOIN register.decision_member AS l
        ON l.decision_id = d.decision_id AND d.account_id IS NULL
    JOIN findings.member AS m
        ON m.sweep_id = $sweep_id AND m.account_id = coalesce(d.account_id, l.account_id)
    WHERE d.status = 'pending'
    GROUP BY m.cluster_id
)
SELECT
    c.cluster_id, c.decision, n.decision_id, d.reviewer, d.second_reviewer, d.decided_at, w.pending,
    coalesce(m.n_undecided, 0) AS n_undecided
FROM clusters AS c
LEFT JOIN members AS m USING (cluster_id)
LEFT JOIN newest AS n ON n.cluster_id = c.cluster_id AND n.decision = c.decision
LEFT JOIN decisions AS d USING (decision_id)
LEFT JOIN waiting AS w ON w.cluster_id = c.cluster_id
WHERE c.sweep_id = $sweep_id
ORDER BY c.cluster_id
