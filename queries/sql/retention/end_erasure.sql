-- Grain: one erasure. Inputs: $erasure_id, $now, $detail. Changes register.erasure.
-- Why: nothing is left to be done for it.
UPDATE register.erasure SET finished_at = $now, detail = $detail WHERE erasure_id = $erasure_id
