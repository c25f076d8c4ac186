-- Grain: one row per known and draft cluster with a member in common. Inputs: track_known,
-- track_now, account, seen, track_anchor (registered: cluster_id, account_id that people confirmed).
-- Output: track_overlap (previous_id, draft_id, gone, n_previous, n_now, n_both, n_anchor,
-- n_anchored, w_both; held: share of what is left of the known one that is in the draft; made: share
-- of the draft's accounts that were there before and are in the known one; of_all: share of the
-- known one's weight that is in the draft, of all it ever was).
-- Why: containment both ways over the accounts that exist: who aged out of the window or came new
-- says nothing about which cluster it is.
CREATE OR REPLACE TABLE track_overlap AS
WITH there AS (
    SELECT a.account_id
    FROM account AS a
    SEMI JOIN seen AS s USING (account_key)
    SEMI JOIN track_known AS k USING (account_id)
    UNION
    SELECT account_id FROM track_now
),
anchor AS (SELECT DISTINCT cluster_id, account_id FROM track_anchor),
before AS (
    SELECT
        k.cluster_id, k.gone, count(*) AS n_previous, sum(k.weight) AS w_all,
        sum(k.weight) FILTER (WHERE t.account_id IS NOT NULL) AS w_there,
        count(x.account_id) FILTER (WHERE t.account_id IS NOT NULL) AS n_anchored
    FROM track_known AS k
    LEFT JOIN there AS t USING (account_id)
    LEFT JOIN anchor AS x ON x.cluster_id = k.cluster_id AND x.account_id = k.account_id
    GROUP BY k.cluster_id, k.gone
),
now AS (
    SELECT draft_id, count(*) AS n_now, sum(weight) FILTER (WHERE known) AS w_known
    FROM track_now
    GROUP BY draft_id
),
both_have AS (
    SELECT
        k.cluster_id, n.draft_id, count(*) AS n_both, sum(k.weight) AS w_previous,
        sum(n.weight) AS w_now, count(x.account_id) AS n_anchor
    FROM track_known AS k
    JOIN track_now AS n USING (account_id)
    LEFT JOIN anchor AS x ON x.cluster_id = k.cluster_id AND x.account_id = k.account_id
    GROUP BY k.cluster_id, n.draft_id
)
SELECT
    o.cluster_id AS previous_id, o.draft_id, b.gone, b.n_previous, n.n_now, o.n_both, o.n_anchor,
    b.n_anchored, (o.w_previous + o.w_now)::BIGINT AS w_both, o.w_previous / b.w_there AS held,
    o.w_now / n.w_known AS made, o.w_previous / b.w_all AS of_all
FROM both_have AS o
JOIN before AS b USING (cluster_id)
JOIN now AS n USING (draft_id)
