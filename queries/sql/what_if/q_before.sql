-- Grain: one row per cluster that has members of a cluster before. Inputs: base, past_member,
-- past_cluster. Output: c, q_before (of the cluster most of its members come from).
-- Why: what is left of a cluster is no more significant than the whole was.
WITH origin AS (
    SELECT b.c, p.cluster_id, count(*) AS n
    FROM base AS b
    JOIN past_member AS p USING (account_key)
    GROUP BY b.c, p.cluster_id
),
main_origin AS (
    SELECT c, cluster_id
    FROM origin
    QUALIFY row_number() OVER (PARTITION BY c ORDER BY n DESC, cluster_id) = 1
)
SELECT o.c, x.q_value AS q_before
FROM main_origin AS o
JOIN past_cluster AS x USING (cluster_id)
ORDER BY o.c
