-- Grain: one sweep. Inputs: $sweep_id.
-- Why: the same sweep run again replaces itself.
DELETE FROM register.sweep WHERE sweep_id = $sweep_id
