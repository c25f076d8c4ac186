-- Grain: one row, or none. Inputs: register.sweep, $sweep_id.
-- Why: what was recorded when this very sweep ran before.
SELECT * FROM register.sweep WHERE sweep_id = $sweep_id
