-- Grain: one row, or none. Input: sweeps. Output: sweep_id, as_of of the complete sweep before.
-- Why: the cards of the overview say what changed since then.
SELECT sweep_id, as_of
FROM sweeps
WHERE status IN ('complete', 'degraded') AND as_of < $as_of::TIMESTAMP
ORDER BY as_of DESC, finished_at DESC, sweep_id
LIMIT 1
