-- Grain: one row per member of a cluster with a page, by page and account_key.
-- Inputs: findings.member, findings.account, account_decisions; $ids: clusters with a page, in order.
-- Output: page (1-based place in $ids), the member, what the sweep knows of the account, and what
-- people decided on it, here or in a cluster of an earlier sweep.
-- Why: read once for all pages and sliced, instead of once a page.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
)
SELECT
    p.page, m.account_key, m.account_id, m.role, m.score, m.bits, m.stability, m.n_links,
    m.families, m.why, a.status, d.decision,
    epoch_us(a.created_at) // 1000000 AS created,
    epoch_us(a.first_seen) // 1000000 AS first_seen,
    epoch_us(a.last_seen) // 1000000 AS last_seen
FROM pages AS p
JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
LEFT JOIN findings.account AS a ON a.sweep_id = $sweep_id AND a.account_key = m.account_key
LEFT JOIN account_decisions AS d ON d.account_id = m.account_id
ORDER BY p.page, m.account_key
