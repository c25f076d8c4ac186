-- Grain: one row per present cluster.
-- Inputs: track_overlap, track_previous, finding_member, $sweep_id.
-- Output: track_name (draft_id, cluster_id, event, n_joined, n_left).
-- Why: the best overlap of at least one half keeps the name. Halves can tie: then the smaller
-- draft name wins, and a previous name is given once. A newborn whose draft name was in use in the
-- previous sweep gets a suffix, so that no name ever means two things.
CREATE OR REPLACE TABLE track_name AS
WITH now AS (
    SELECT cluster_id AS draft_id, count(*) AS n FROM finding_member GROUP BY cluster_id
),
best_for_draft AS (
    SELECT *
    FROM track_overlap
    WHERE jaccard >= 0.5
    QUALIFY row_number() OVER (PARTITION BY draft_id ORDER BY jaccard DESC, previous_id) = 1
),
kept AS (
    SELECT *
    FROM best_for_draft
    QUALIFY row_number() OVER (PARTITION BY previous_id ORDER BY jaccard DESC, draft_id) = 1
)
SELECT
    w.draft_id,
    coalesce(
        k.previous_id,
        if(
            w.draft_id IN (SELECT DISTINCT cluster_id FROM track_previous),
            w.draft_id || '-' || right($sweep_id, 8), w.draft_id
        )
    ) AS cluster_id,
    CASE
        WHEN k.previous_id IS NULL THEN 'birth'
        WHEN k.n_now > 1.1 * k.n_previous THEN 'grow'
        WHEN k.n_now < 0.9 * k.n_previous THEN 'shrink'
        ELSE 'continue'
    END AS event,
    (w.n - coalesce(k.n_both, 0))::INTEGER AS n_joined,
    coalesce(k.n_previous - k.n_both, 0)::INTEGER AS n_left
FROM now AS w
LEFT JOIN kept AS k USING (draft_id)
