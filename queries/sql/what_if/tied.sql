-- Grain: one row per account outside that a cluster in question meets. Inputs: scope,
-- past_evidence, past_incidence, past_member, kind. Output: account_key, n (values), cluster_id (its
-- own cluster, or NULL).
-- Why: who has a value by which the cluster meets accounts may join it (as refine/candidate), or
-- belongs to a cluster that may take members over. One value of a weak kind alone makes no member (as
-- refine/narrow).
CREATE OR REPLACE TABLE tied AS
WITH telling AS (
    SELECT e.value_key, bool_or(k.strong) AS strong
    FROM past_evidence AS e
    SEMI JOIN scope USING (cluster_id)
    JOIN kind AS k USING (kind)
    WHERE
        e.n_in < e.n_all AND e.n_all <= greatest(k.cap, 4 * e.n_in) AND k.family <> 'network'
        AND k.profile_cap > 0
    GROUP BY e.value_key
),
reached AS (
    SELECT i.account_key, count(*) AS n
    FROM past_incidence AS i
    JOIN telling AS t ON t.value_key = i.value_key
    GROUP BY i.account_key
    HAVING count(*) >= 2 OR bool_or(t.strong)
)
SELECT r.account_key, r.n, m.cluster_id
FROM reached AS r
ANTI JOIN scope AS s ON s.account_key = r.account_key
LEFT JOIN past_member AS m ON m.account_key = r.account_key
