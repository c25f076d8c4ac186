-- Grain: one row, or none: the sweep to compare with. Inputs: register.sweep, $sweep_id,
-- $window_end. Output: sweep_id.
-- Why: the newest complete sweep whose window does not end later; a re-run never meets itself.
SELECT sweep_id
FROM register.sweep
WHERE
    status IN ('complete', 'degraded')
    AND sweep_id <> $sweep_id
    AND window_end <= $window_end
ORDER BY window_end DESC, finished_at DESC, sweep_id DESC
LIMIT 1
