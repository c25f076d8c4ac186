-- Grain: one row per cluster in question. Inputs: scope, community, membership.
-- Output: cluster_id, c, n_before, n_kept (members that are left).
-- Why: how many a leaving-out leaves.
SELECT
    s.cluster_id, any_value(c.community) AS c, count(*) AS n_before,
    count(*) FILTER (WHERE m.c = c.community) AS n_kept
FROM scope AS s
JOIN community AS c USING (account_key)
LEFT JOIN membership AS m USING (account_key)
GROUP BY s.cluster_id
ORDER BY s.cluster_id
