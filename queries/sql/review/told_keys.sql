-- Grain: one row per key. Inputs: register.told; $kind. Output: idempotency_key.
-- Why: what was told before is left out.
SELECT DISTINCT idempotency_key FROM register.told WHERE kind = $kind
