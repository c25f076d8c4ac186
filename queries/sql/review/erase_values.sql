-- Grain: values labelled by a won appeal of an erased account. Inputs: $hashes, register.decision. Changes
-- register.decision_value.
-- Why: they are the account's own data.
DELETE FROM register.decision_value
WHERE decision_id IN (
    SELECT decision_id FROM register.decision WHERE list_contains($hashes::VARCHAR[], account_hash)
)
