-- Grain: one row per new account with a likely predecessor in the later sweep that it had not in the
-- earlier one, the first $most. Inputs: successors; $a, $b, $most. Output: account_id, cluster_id,
-- predecessor_id, predecessor_cluster_id, banned_at, taken_at, n_values, bits, families; n in all.
-- Why: who goes on where a banned account stopped.
SELECT
    s.account_id, s.cluster_id, s.predecessor_id, s.predecessor_cluster_id, s.banned_at, s.taken_at,
    s.n_values, s.bits, s.families, count(*) OVER () AS n
FROM successors AS s
WHERE
    s.sweep_id = $b AND s.place = 1
    AND s.account_id NOT IN (SELECT account_id FROM successors WHERE sweep_id = $a)
ORDER BY s.bits DESC, s.account_id
LIMIT $most
