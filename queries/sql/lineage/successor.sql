-- Grain: one row per new account and likely predecessor, the best three of each account.
-- Inputs: lineage_pair, finding_member, track_known; $sweep_id. Output: finding_successor.
-- Why: who goes on where a banned account stopped, with what it took up and when.
CREATE OR REPLACE TABLE finding_successor AS
WITH ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY account_key ORDER BY bits DESC, banned_at DESC, predecessor_id
        )::INTEGER AS place,
        count(*) OVER (PARTITION BY account_key)::INTEGER AS n_predecessors
    FROM lineage_pair
),
known AS (
    SELECT account_id, min(cluster_id) AS cluster_id
    FROM track_known
    WHERE NOT gone
    GROUP BY account_id
)
SELECT
    $sweep_id AS sweep_id, r.account_id, m.cluster_id, r.predecessor_id,
    coalesce(b.cluster_id, k.cluster_id) AS predecessor_cluster_id, r.banned_at, r.taken_at,
    r.n_values, r.bits, r.families, to_json(r.shared[:12])::VARCHAR AS shared, r.place,
    r.n_predecessors
FROM ranked AS r
LEFT JOIN finding_member AS m ON m.account_key = r.account_key
LEFT JOIN finding_member AS b ON b.account_key = r.predecessor_key
LEFT JOIN known AS k ON k.account_id = r.predecessor_id
WHERE r.place <= 3
