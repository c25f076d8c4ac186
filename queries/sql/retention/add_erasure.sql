-- Grain: one row. Inputs: $erasure_id, $erased_at, $reviewer, $n_accounts, $detail. Changes
-- register.erasure.
-- Why: that something was erased stays known, and what is still to be done when a run is cut short.
INSERT INTO register.erasure VALUES ($erasure_id, $erased_at, $reviewer, $n_accounts, NULL, $detail)
