-- Grain: one row per export, in the order of the ledger. Input: register.export.
-- Why: the chain is checked over what is stored.
SELECT * FROM register.export ORDER BY seq, exported_at, export_id
