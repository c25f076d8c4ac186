-- Grain: one row per cluster. Inputs: judged (registered by the stage), cluster_name, membership,
-- value_in, value, incidence; $sweep_id. Output: as findings.cluster.
-- Why: the verdict, with the parts it rests on.
CREATE OR REPLACE TABLE finding_cluster AS
WITH times AS (
    SELECT m.c, min(i.first_seen) AS first_seen, max(i.last_seen) AS last_seen
    FROM membership AS m
    JOIN incidence AS i USING (account_key)
    JOIN value_in AS e ON e.c = m.c AND e.value_key = i.value_key
    GROUP BY m.c
)
SELECT
    $sweep_id AS sweep_id, n.cluster_id, j.size::INTEGER AS size, j.score, j.tier, j.class,
    j.families, j.n_kinds::INTEGER AS n_kinds, t.first_seen, t.last_seen, 'birth' AS change,
    j.summary, j.stability, j.q_value, j.n_core::INTEGER AS n_core, j.n_fringe::INTEGER AS n_fringe,
    j.waterfall, j.features, j.guards
FROM judged AS j
JOIN cluster_name AS n USING (c)
LEFT JOIN times AS t USING (c)
