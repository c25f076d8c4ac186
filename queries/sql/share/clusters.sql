-- Grain: one row per cluster that may be shared. Inputs: clusters, register.sweep, account_decisions,
-- findings.member, share_never; $sweep_id, $min_group. Output: cluster_id, size, tier, class, score, families,
-- first_seen, last_seen, as_of, decided_at (newest decision on a member, or NULL).
-- Why: what partners are told: findings above a lead, of a size that hides single people, and not
-- what people called benign. The size that hides is that of the accounts which are told.
WITH decided AS (
    SELECT m.cluster_id, max(d.force_at) AS decided_at
    FROM findings.member AS m
    JOIN account_decisions AS d USING (account_id)
    WHERE m.sweep_id = $sweep_id
    GROUP BY m.cluster_id
),
told AS (
    SELECT cluster_id
    FROM findings.member
    ANTI JOIN share_never USING (account_id)
    WHERE sweep_id = $sweep_id
    GROUP BY cluster_id
    HAVING count(*) >= $min_group
)
SELECT
    c.cluster_id, c.size, c.tier, c.class, c.score, c.families, c.first_seen, c.last_seen, s.as_of,
    d.decided_at
FROM clusters AS c
SEMI JOIN told USING (cluster_id)
JOIN register.sweep AS s USING (sweep_id)
LEFT JOIN decided AS d USING (cluster_id)
WHERE
    c.sweep_id = $sweep_id AND c.tier <> 'lead' AND coalesce(c.decision, '') <> 'benign'
ORDER BY c.cluster_id
