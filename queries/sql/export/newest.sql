-- Grain: one row, or none: the newest finished sweep. Input: register.sweep. Output: sweep_id, status.
-- Why: nothing is handed over while the newest sweep is degraded.
SELECT sweep_id, status
FROM register.sweep
WHERE status IN ('complete', 'degraded')
ORDER BY finished_at DESC, sweep_id DESC
LIMIT 1
