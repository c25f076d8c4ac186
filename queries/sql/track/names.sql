-- Grain: one row per present cluster. Inputs: track_now, track_known, track_match, track_partner
-- (registered: event, previous_id, draft_id, n_both), track_replaced; $sweep_id.
-- Output: track_name (draft_id, cluster_id, previous_id, event, n_now, n_previous, n_both).
-- Why: the one place that says what happened to a cluster; the rarest news comes first. A newborn
-- whose draft name is known from before gets a suffix, so that no name ever means two things.
CREATE OR REPLACE TABLE track_name AS
WITH now AS (
    SELECT draft_id, count(*) AS n_now FROM track_now GROUP BY draft_id
),
before AS (
    SELECT cluster_id AS previous_id, count(*) AS n_previous FROM track_known GROUP BY cluster_id
),
both_have AS (
    SELECT m.draft_id, count(*) AS n_both
    FROM track_match AS m
    JOIN track_known AS k ON k.cluster_id = m.previous_id
    JOIN track_now AS n ON n.draft_id = m.draft_id AND n.account_id = k.account_id
    GROUP BY m.draft_id
)
SELECT
    n.draft_id,
    coalesce(
        m.previous_id,
        if(
            n.draft_id IN (SELECT cluster_id FROM track_known),
            n.draft_id || '-' || right($sweep_id, 8), n.draft_id
        )
    ) AS cluster_id,
    m.previous_id,
    CASE
        WHEN n.draft_id IN (SELECT draft_id FROM track_replaced) THEN 'replaced'
        WHEN n.draft_id IN (SELECT draft_id FROM track_partner WHERE event = 'split') THEN 'split'
        WHEN m.how = 'gone' THEN 'resurge'
        WHEN n.draft_id IN (SELECT draft_id FROM track_partner WHERE event = 'merge') THEN 'merge'
        WHEN m.previous_id IN (SELECT previous_id FROM track_partner WHERE event = 'split') THEN 'split'
        WHEN m.previous_id IS NULL THEN 'birth'
        WHEN n.n_now > 1.1 * b.n_previous THEN 'grow'
        WHEN n.n_now < .9 * b.n_previous THEN 'shrink'
        ELSE 'continue'
    END AS event,
    n.n_now::INTEGER AS n_now, coalesce(b.n_previous, 0)::INTEGER AS n_previous,
    coalesce(o.n_both, 0)::INTEGER AS n_both
FROM now AS n
LEFT JOIN track_match AS m USING (draft_id)
LEFT JOIN before AS b ON b.previous_id = m.previous_id
LEFT JOIN both_have AS o ON o.draft_id = n.draft_id
