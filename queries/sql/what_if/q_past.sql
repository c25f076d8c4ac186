-- Grain: one row per cluster that is left. Inputs: membership, community, scope, past_cluster.
-- Output: c, q_value.
-- Why: the quick form draws no null and takes the q-value as the sweep measured it.
WITH named AS (
    SELECT DISTINCT c.community AS c, s.cluster_id
    FROM community AS c
    JOIN scope AS s USING (account_key)
)
SELECT n.c, x.q_value
FROM named AS n
SEMI JOIN membership AS m ON m.c = n.c
JOIN past_cluster AS x USING (cluster_id)
ORDER BY n.c
