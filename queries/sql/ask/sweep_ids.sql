-- Grain: one row per sweep that can be asked. Input: register.sweep. Output: sweep_id.
-- Why: to name the nearest when one is not known.
SELECT sweep_id FROM register.sweep WHERE status IN ('complete', 'degraded') ORDER BY sweep_id
