-- Grain: one row per sweep up to this one, newest first, at most $most.
-- Input: sweeps. Output: sweep_id, as_of. Why: the sweeps that the alluvial of the overview joins.
SELECT sweep_id, as_of
FROM sweeps
WHERE
    (status IN ('complete', 'degraded') AND as_of < $as_of::TIMESTAMP)
    OR sweep_id = $sweep_id
QUALIFY row_number() OVER (
    PARTITION BY as_of ORDER BY sweep_id = $sweep_id DESC, finished_at DESC, sweep_id
) = 1
ORDER BY as_of DESC
LIMIT $most
