-- Grain: rows of erased accounts. Inputs: $hashes. Changes register.decision_member.
-- Why: the name goes, its hash stays, so that the log's chain still holds.
UPDATE register.decision_member SET account_id = NULL
WHERE list_contains($hashes::VARCHAR[], account_hash)
