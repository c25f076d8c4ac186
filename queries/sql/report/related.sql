-- Grain: one row per cluster with a page and other cluster whose members have values of its evidence,
-- at most $most a page, those with most evidence first.
-- Inputs: findings.evidence, findings.value, findings.incidence, findings.member, clusters.
-- Output: page, the other cluster, values in common and their bits, accounts of it on the one
-- most used, kinds.
-- Why: one operator may have been cut in two; what was set aside as common does not count.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
held AS (
    SELECT p.page, p.cluster_id, e.value_key, e.kind, v.bits
    FROM pages AS p
    JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id
    JOIN findings.value AS v ON v.sweep_id = $sweep_id AND v.value_key = e.value_key
    WHERE v.treatment = 'used' AND e.n_all > e.n_in
),
met AS (
    SELECT
        h.page, m.cluster_id AS other_cluster_id, h.value_key, any_value(h.kind) AS kind,
        any_value(h.bits) AS bits, count(*) AS n_accounts
    FROM held AS h
    JOIN findings.incidence AS x ON x.sweep_id = $sweep_id AND x.value_key = h.value_key
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.account_key = x.account_key
    WHERE m.cluster_id <> h.cluster_id
    GROUP BY h.page, m.cluster_id, h.value_key
),
told AS (
    SELECT
        page, other_cluster_id, count(*) AS n_values, sum(bits::DECIMAL(18, 3))::DOUBLE AS bits,
        max(n_accounts) AS n_accounts, string_agg(DISTINCT kind, ', ' ORDER BY kind) AS kinds
    FROM met
    GROUP BY page, other_cluster_id
)
SELECT
    t.page, t.other_cluster_id, t.n_values, t.n_accounts, t.bits, t.kinds, c.size, c.score, c.tier
FROM told AS t
JOIN clusters AS c ON c.sweep_id = $sweep_id AND c.cluster_id = t.other_cluster_id
QUALIFY row_number() OVER (
    PARTITION BY t.page ORDER BY t.bits DESC, t.n_values DESC, t.other_cluster_id
) <= $most
ORDER BY t.page, t.bits DESC, t.n_values DESC, t.other_cluster_id
