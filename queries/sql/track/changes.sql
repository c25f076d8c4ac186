-- Grain: one row per cluster and event; a cluster has one row with what happened to it in all, and
-- one more for each further cluster that it met or parted from. Inputs: track_name, track_known,
-- track_partner; $sweep_id. Output: finding_change.
-- Why: what is new against the sweep before, told from the side of each cluster it concerns.
CREATE OR REPLACE TABLE finding_change AS
WITH partner AS (
    SELECT t.cluster_id, p.event, p.previous_id AS other_cluster_id, p.n_both AS n_joined, 0 AS n_left
    FROM track_partner AS p
    JOIN track_name AS t USING (draft_id)
    UNION ALL
    SELECT p.previous_id, p.event, t.cluster_id, 0, p.n_both
    FROM track_partner AS p
    JOIN track_name AS t USING (draft_id)
    WHERE p.event = 'split' OR p.previous_id NOT IN (SELECT cluster_id FROM track_name)
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY cluster_id, event ORDER BY n_joined + n_left DESC, other_cluster_id
        ) AS place
    FROM partner
    WHERE cluster_id <> other_cluster_id
),
gone AS (
    SELECT cluster_id, count(*) AS n
    FROM track_known
    WHERE NOT gone AND cluster_id NOT IN (SELECT cluster_id FROM track_name)
    GROUP BY cluster_id
),
whole AS (
    SELECT cluster_id, event, n_now - n_both AS n_joined, n_previous - n_both AS n_left
    FROM track_name
    UNION ALL
    SELECT
        g.cluster_id,
        CASE
            WHEN g.cluster_id IN (SELECT cluster_id FROM ranked WHERE event = 'merge') THEN 'merge'
            WHEN g.cluster_id IN (SELECT cluster_id FROM ranked WHERE event = 'split') THEN 'split'
            ELSE 'death'
        END,
        0, g.n
    FROM gone AS g
)
SELECT
    $sweep_id AS sweep_id, w.cluster_id, w.event, r.other_cluster_id,
    w.n_joined::INTEGER AS n_joined, w.n_left::INTEGER AS n_left
FROM whole AS w
LEFT JOIN ranked AS r ON r.cluster_id = w.cluster_id AND r.event = w.event AND r.place = 1
UNION ALL
SELECT
    $sweep_id, r.cluster_id, r.event, r.other_cluster_id, r.n_joined::INTEGER, r.n_left::INTEGER
FROM ranked AS r
JOIN whole AS w USING (cluster_id)
WHERE NOT (r.event = w.event AND r.place = 1)
