-- Grain: one row per cluster that was found before and is not there now, and account or value it is
-- known by. Inputs: track_known, track_evidence, track_gone, track_name, track_partner; $sweep_id,
-- $previous (the sweep before), $most (sweeps after which a cluster is forgotten).
-- Output: finding_gone.
-- Why: a cluster that was absent comes back under its name, however long ago, without reading old
-- sweeps: each sweep hands on what it knows.
CREATE OR REPLACE TABLE finding_gone AS
WITH named AS (SELECT cluster_id FROM track_name),
merged AS (SELECT DISTINCT previous_id AS cluster_id FROM track_partner WHERE event = 'merge'),
newly AS (
    SELECT
        cluster_id, 'account' AS what, NULL::VARCHAR AS kind, account_id AS name,
        weight::DOUBLE AS weight
    FROM track_known
    WHERE NOT gone
    UNION ALL
    SELECT cluster_id, 'value', kind, value, bits
    FROM (
        SELECT *
        FROM track_evidence
        WHERE bits >= 3
        QUALIFY row_number() OVER (
            PARTITION BY cluster_id ORDER BY n_in * bits DESC, kind, value
        ) <= 40
    )
)
SELECT
    $sweep_id AS sweep_id, n.cluster_id, n.what, n.kind, n.name, n.weight,
    if(n.cluster_id IN (FROM merged), 'merge', 'death') AS fate, $previous AS last_sweep_id,
    1 AS n_sweeps
FROM newly AS n
ANTI JOIN named USING (cluster_id)
UNION ALL
SELECT
    $sweep_id, g.cluster_id, g.what, g.kind, g.name, g.weight,
    if(g.cluster_id IN (FROM merged), 'merge', g.fate), g.last_sweep_id, g.n_sweeps + 1
FROM track_gone AS g
ANTI JOIN named USING (cluster_id)
WHERE g.n_sweeps < $most
