-- Grain: rows of erased accounts. Inputs: $accounts. Changes register.export_row.
-- Why: the ledger keeps that something was handed over, not for whom.
UPDATE register.export_row SET account_id = NULL
WHERE list_contains($accounts::VARCHAR[], account_id)
