-- Grain: one row. Inputs: register.decision, register.decision_member; $hashes. Output: n.
-- Why: how often the log names the accounts.
SELECT
    (
        SELECT count(*) FROM register.decision
        WHERE account_id IS NOT NULL AND list_contains($hashes::VARCHAR[], account_hash)
    ) + (
        SELECT count(*) FROM register.decision_member
        WHERE account_id IS NOT NULL AND list_contains($hashes::VARCHAR[], account_hash)
    ) AS n
