-- Grain: one row per sweep, newest first. Input: sweeps.
-- Why: what has been run.
SELECT * FROM sweeps ORDER BY window_end DESC, finished_at DESC, sweep_id
