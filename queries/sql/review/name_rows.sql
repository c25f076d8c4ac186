-- Grain: rows of exports from before the ledger was chained. Changes register.export_row.
-- Why: the chain covers an account through the hash of its name.
UPDATE register.export_row SET account_hash = sha256(account_id)
WHERE account_hash IS NULL AND account_id IS NOT NULL
