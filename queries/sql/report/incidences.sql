-- Grain: one row per member and shared value of its cluster, by page, member and value.
-- Inputs: findings.member, findings.evidence, findings.incidence; $ids: as for the pages.
-- Output: page, member_row and value_row (places in report/members and report/values of that page),
-- first and last use (seconds, UTC). Why: the dots of the evidence picture.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
inside AS (
    SELECT
        p.page, m.account_key,
        row_number() OVER (PARTITION BY p.page ORDER BY m.account_key) - 1 AS member_row
    FROM pages AS p
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
),
shared AS (
    SELECT
        p.page, e.value_key,
        row_number() OVER (PARTITION BY p.page ORDER BY e.value_key) - 1 AS value_row
    FROM pages AS p
    JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id
)
SELECT
    i.page, i.member_row, s.value_row,
    epoch_us(min(x.first_seen)) // 1000000 AS first_seen,
    epoch_us(max(x.last_seen)) // 1000000 AS last_seen
FROM inside AS i
JOIN findings.incidence AS x ON x.sweep_id = $sweep_id AND x.account_key = i.account_key
JOIN shared AS s ON s.page = i.page AND s.value_key = x.value_key
GROUP BY i.page, i.member_row, s.value_row
ORDER BY i.page, i.member_row, s.value_row
