-- Grain: one row per new account and its likeliest predecessor, the first $most. Inputs: successors;
-- $sweep_id. Output: account_id, cluster_id, predecessor_id, predecessor_cluster_id, banned_at,
-- taken_at, n_values, bits, families; n in all, n_in of its cluster.
-- Why: who goes on where a banned account stopped.
SELECT
    account_id, cluster_id, predecessor_id, predecessor_cluster_id, banned_at, taken_at, n_values,
    bits, families, count(*) OVER () AS n, count(*) OVER (PARTITION BY cluster_id) AS n_in
FROM successors
WHERE sweep_id = $sweep_id AND place = 1
ORDER BY bits DESC, account_id
LIMIT $most
