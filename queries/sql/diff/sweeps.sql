-- Grain: one row per complete sweep, oldest first. Input: sweeps. Output: sweep_id, as_of, previous
-- (the sweep it was compared with, or NULL).
-- Why: sweeps form chains: each names the one before it.
SELECT sweep_id, as_of, detail ->> '$.previous' AS previous
FROM sweeps
WHERE status IN ('complete', 'degraded')
ORDER BY as_of, finished_at, sweep_id
