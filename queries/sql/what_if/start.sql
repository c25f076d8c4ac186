-- Grain: one row per account that starts in a cluster. Inputs: scope, dropped, cut_before, community
-- (the communities without what is left out), past_member, near.
-- Output: start (account_key, before, after: names of clusters, NULL for none).
-- Why: refinement starts from what the sweep found. A community that falls apart without the
-- evidence leaves its largest piece with the cluster; the other pieces start on their own, and
-- members in none of them start nowhere. Clusters beside stay, to hold their members.
CREATE OR REPLACE TABLE start AS
WITH members AS (
    SELECT
        s.account_key, s.cluster_id, b.community AS part, a.community AS piece,
        d.key IS NOT NULL AS gone
    FROM scope AS s
    LEFT JOIN dropped AS d ON d.room = 'account' AND d.key = s.account_key
    LEFT JOIN cut_before AS b ON b.account_key = s.account_key
    LEFT JOIN community AS a ON a.account_key = s.account_key
),
pieces AS (
    SELECT cluster_id, part, piece, count(*) AS n
    FROM members
    WHERE part IS NOT NULL AND piece IS NOT NULL
    GROUP BY cluster_id, part, piece
),
body AS (
    SELECT DISTINCT cluster_id, piece
    FROM (
        SELECT cluster_id, part, arg_max(piece, (n, -piece)) AS piece
        FROM pieces
        GROUP BY cluster_id, part
    )
)
SELECT
    m.account_key, m.cluster_id AS before,
    CASE
        WHEN m.gone THEN NULL
        WHEN m.part IS NULL THEN m.cluster_id
        WHEN m.piece IS NULL THEN NULL
        WHEN b.piece IS NOT NULL THEN m.cluster_id
        ELSE m.cluster_id || '/' || m.piece
    END AS after
FROM members AS m
LEFT JOIN body AS b ON b.cluster_id = m.cluster_id AND b.piece = m.piece
UNION ALL
SELECT m.account_key, m.cluster_id, m.cluster_id
FROM past_member AS m
SEMI JOIN near AS n ON n.account_key = m.account_key
ANTI JOIN scope AS s ON s.account_key = m.account_key
