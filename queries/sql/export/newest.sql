-- Grain: one row, or none: the newest finished sweep. Inputs: register.sweep, newest_sweep.
-- Output: sweep_id, status. Why: nothing is handed over while the newest sweep is degraded.
SELECT sweep_id, status
FROM register.sweep
WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
