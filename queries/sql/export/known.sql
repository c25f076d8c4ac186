-- Grain: one row, or none. Inputs: register.export, $export_id. Output: as register.export.
-- Why: the same export given again is not another one, and its manifest says the same again.
SELECT * FROM register.export WHERE export_id = $export_id
