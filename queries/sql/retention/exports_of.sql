-- Grain: one row per export that named an erased account. Inputs: register.export_row, register.export,
-- erase_account. Output: export_id, path.
-- Why: their files in the workspace go.
SELECT DISTINCT x.export_id, x.path
FROM register.export AS x
SEMI JOIN (
    SELECT export_id FROM register.export_row SEMI JOIN erase_account USING (account_id)
) AS r USING (export_id)
ORDER BY x.export_id
