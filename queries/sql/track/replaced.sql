-- Grain: one row per draft cluster that replaced what was banned. Inputs: track_match (registered:
-- draft_id, previous_id, how), track_last (registered: cluster_id, change in the sweep before),
-- track_known, track_now, lineage_pair, lineage_banned.
-- Output: track_replaced (draft_id, n_successors).
-- Why: members banned, new accounts on the same values: the same operator goes on. It is news in
-- the sweep in which the successors arrive, once they are more than a stray or two; those who follow
-- in the next sweep are the same news.
CREATE OR REPLACE TABLE track_replaced AS
WITH lost AS (
    SELECT
        m.draft_id,
        coalesce(sum(k.weight) FILTER (WHERE b.account_id IS NOT NULL), 0) / sum(k.weight) AS share
    FROM track_match AS m
    JOIN track_known AS k ON k.cluster_id = m.previous_id
    LEFT JOIN lineage_banned AS b USING (account_id)
    GROUP BY m.draft_id
),
came AS (
    SELECT m.draft_id, count(DISTINCT n.account_id) AS n_successors
    FROM track_match AS m
    JOIN track_now AS n USING (draft_id)
    JOIN lineage_pair AS p USING (account_id)
    JOIN track_known AS k ON k.cluster_id = m.previous_id AND k.account_id = p.predecessor_id
    ANTI JOIN track_known AS old
        ON old.cluster_id = m.previous_id AND old.account_id = n.account_id
    GROUP BY m.draft_id
),
sizes AS (SELECT draft_id, count(*) AS n FROM track_now GROUP BY draft_id)
SELECT m.draft_id, coalesce(c.n_successors, 0)::INTEGER AS n_successors
FROM track_match AS m
JOIN lost AS l USING (draft_id)
JOIN sizes AS s USING (draft_id)
LEFT JOIN came AS c USING (draft_id)
ANTI JOIN track_last AS t ON t.cluster_id = m.previous_id AND t.change = 'replaced'
WHERE m.how = 'values' OR (l.share >= .25 AND c.n_successors >= greatest(2, .1 * s.n))
