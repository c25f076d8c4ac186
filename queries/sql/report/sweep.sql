-- Grain: one row, or none. Inputs: sweeps, newest_sweep. Output: the sweep to report.
-- Why: without a name the newest complete sweep is meant.
SELECT *
FROM sweeps
WHERE sweep_id = coalesce($sweep_id::VARCHAR, (SELECT sweep_id FROM newest_sweep))
