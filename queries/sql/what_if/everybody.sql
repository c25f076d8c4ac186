-- Grain: one row per account of the platform. Input: past_account. Output: account.
-- Why: bursts of sign-ups are weighed against everybody's.
CREATE OR REPLACE VIEW account AS
SELECT account_key, account_id, created_at, status FROM past_account
