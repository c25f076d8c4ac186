-- Grain: one row per cluster that waits for a person. Inputs: clusters, findings.member, decisions,
-- account_decisions; $sweep_id. Output: cluster_id, size, tier, score, n_new (members that nobody
-- decided on), decision.
-- Why: undecided clusters first come first by tier, then score; a decided one comes back when accounts
-- joined it, a watched one with the next sweep. What waits for a second reviewer waits there.
WITH members AS (
    SELECT
        m.cluster_id, count(*) FILTER (WHERE d.account_id IS NULL) AS n_new,
        count(*) FILTER (WHERE d.decision = 'watch' AND d.sweep_id <> $sweep_id) AS n_watched
    FROM findings.member AS m
    LEFT JOIN account_decisions AS d USING (account_id)
    WHERE m.sweep_id = $sweep_id
    GROUP BY m.cluster_id
),
pending AS (
    SELECT m.cluster_id
    FROM findings.member AS m
    JOIN register.decision_member AS l USING (account_id)
    JOIN decisions AS d USING (decision_id)
    WHERE m.sweep_id = $sweep_id AND d.status = 'pending'
    GROUP BY m.cluster_id
)
SELECT c.cluster_id, c.size, c.tier, c.score, m.n_new, c.decision
FROM clusters AS c
JOIN members AS m USING (cluster_id)
ANTI JOIN pending AS p USING (cluster_id)
WHERE
    c.sweep_id = $sweep_id
    AND ((c.decision IS NULL AND m.n_new > 0) OR (c.decision = 'watch' AND m.n_watched > 0)
        OR (c.decision = 'confirm' AND m.n_new > 0))
ORDER BY
    CASE c.tier WHEN 'confirmed' THEN 0 WHEN 'coordinated' THEN 1 WHEN 'linked' THEN 2 ELSE 3 END,
    c.score DESC, c.size DESC, c.cluster_id
