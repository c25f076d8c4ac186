-- Grain: one row per sweep, newest first. Input: sweeps. Output: sweep_id.
-- Why: to name the nearest sweep when somebody asks for one that is not there.
SELECT sweep_id
FROM sweeps
ORDER BY as_of DESC, sweep_id
