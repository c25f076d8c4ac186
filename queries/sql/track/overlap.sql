-- Grain: one row per previous and present cluster with a member in common.
-- Inputs: track_previous, finding_member.
-- Output: track_overlap (previous_id, draft_id, n_both, n_previous, n_now, jaccard).
-- Why: a cluster is the same one when most of it is still there.
CREATE OR REPLACE TABLE track_overlap AS
WITH before AS (
    SELECT cluster_id, count(*) AS n FROM track_previous GROUP BY cluster_id
),
now AS (
    SELECT cluster_id, count(*) AS n FROM finding_member GROUP BY cluster_id
),
both_have AS (
    SELECT p.cluster_id AS previous_id, m.cluster_id AS draft_id, count(*) AS n_both
    FROM track_previous AS p
    JOIN finding_member AS m USING (account_id)
    GROUP BY p.cluster_id, m.cluster_id
)
SELECT
    o.previous_id, o.draft_id, o.n_both, b.n AS n_previous, w.n AS n_now,
    o.n_both / (b.n + w.n - o.n_both) AS jaccard
FROM both_have AS o
JOIN before AS b ON b.cluster_id = o.previous_id
JOIN now AS w ON w.cluster_id = o.draft_id
