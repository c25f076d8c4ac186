-- Grain: one row per likely succession that concerns an account or cluster of a sweep, the first
-- $most. Inputs: successors; $sweep_id, $name. Output: account_id, cluster_id, predecessor_id,
-- predecessor_cluster_id, banned_at, taken_at, n_values, bits, families, shared; n in all.
-- Why: shown with the account or the cluster, from whichever side one comes.
SELECT
    account_id, cluster_id, predecessor_id, predecessor_cluster_id, banned_at, taken_at, n_values,
    bits, families, shared, count(*) OVER () AS n
FROM successors
WHERE
    sweep_id = $sweep_id
    AND (
        $name IN (account_id, predecessor_id)
        OR (place = 1 AND $name IN (cluster_id, predecessor_cluster_id))
    )
ORDER BY bits DESC, account_id, predecessor_id
LIMIT $most
