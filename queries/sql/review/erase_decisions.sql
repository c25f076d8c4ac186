-- Grain: rows of erased accounts. Inputs: $hashes. Changes register.decision.
-- Why: as review/erase_members; the decision itself stays on record and has no effect any more.
UPDATE register.decision SET account_id = NULL
WHERE list_contains($hashes::VARCHAR[], account_hash)
