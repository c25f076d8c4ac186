-- Grain: one row per object that no longer holds. Inputs: $objects, $now. Changes register.shared.
-- Why: the time of the withdrawal is told the same in every bundle from here on.
UPDATE register.shared SET revoked_at = $now
WHERE revoked_at IS NULL AND list_contains($objects::VARCHAR[], object_id)
