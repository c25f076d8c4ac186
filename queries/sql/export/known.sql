-- Grain: one row, or none. Inputs: register.export, $export_id. Output: export_id.
-- Why: the same export given again is not another one.
SELECT export_id FROM register.export WHERE export_id = $export_id
