-- Grain: one row, or none. Inputs: register.sweep, $sweep_id.
-- Why: window, settings and stages of one sweep.
SELECT * FROM register.sweep WHERE sweep_id = $sweep_id
