-- Grain: one row, or none. Inputs: newest_sweep. Output: sweep_id.
-- Why: what is asked without naming a sweep is asked of the newest complete one.
SELECT sweep_id FROM newest_sweep
