-- Grain: one row per account outside that a cluster in question meets. Inputs: scope,
-- past_evidence, past_incidence, past_member, kind. Output: account_key, n (values), cluster_id (its
-- own cluster, or NULL).
-- Why: who has a value by which the cluster meets accounts may join it (as refine/candidate), or
-- belongs to a cluster that may take members over.
CREATE OR REPLACE TABLE tied AS
WITH telling AS (
    SELECT DISTINCT e.value_key
    FROM past_evidence AS e
    SEMI JOIN scope USING (cluster_id)
    JOIN kind AS k USING (kind)
    WHERE
        e.n_in < e.n_all AND e.n_all <= greatest(k.cap, 4 * e.n_in) AND k.family <> 'network'
        AND k.profile_cap > 0
),
reached AS (SELECT account_key FROM past_incidence SEMI JOIN telling USING (value_key))
SELECT r.account_key, count(*) AS n, any_value(m.cluster_id) AS cluster_id
FROM reached AS r
ANTI JOIN scope AS s ON s.account_key = r.account_key
LEFT JOIN past_member AS m ON m.account_key = r.account_key
GROUP BY r.account_key
