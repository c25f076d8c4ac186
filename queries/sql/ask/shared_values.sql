-- Grain: one row per shared value. Inputs: shared_values, $sweep_id.
-- Why: what was used and what was set aside, the most popular first.
SELECT * FROM shared_values WHERE sweep_id = $sweep_id ORDER BY n_accounts DESC, kind, value
