-- Grain: one row, or none. Input: register.sweep. Output: sweep_id.
-- Why: the current_ views show the newest complete sweep.
CREATE OR REPLACE VIEW newest_sweep AS
SELECT sweep_id
FROM register.sweep
WHERE status IN ('complete', 'degraded')
ORDER BY finished_at DESC, sweep_id DESC
LIMIT 1
