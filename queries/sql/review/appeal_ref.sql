-- Grain: one row, or none. Inputs: register.export_row, $appeal_ref. Output: account_id.
-- Why: the user knows the reference in the notice, the platform the account.
SELECT DISTINCT account_id FROM register.export_row WHERE appeal_ref = $appeal_ref
