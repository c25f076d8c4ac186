-- Grain: one row, or none. Input: sweeps; $sweep_id. Output: sweep_id, status, window_start, window_end,
-- started_at, finished_at, detail.
-- Why: what an alert and the metrics say of the sweep.
SELECT sweep_id, status, window_start, window_end, started_at, finished_at, detail
FROM sweeps
WHERE sweep_id = $sweep_id
