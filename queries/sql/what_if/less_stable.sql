-- Grain: one row per member. Inputs: stability, past_member. Output: stability.
-- Why: the consensus here sees the clusters in question alone; taking evidence away makes no account
-- more stable than the sweep found it.
CREATE OR REPLACE TABLE stability AS
SELECT s.account_key, least(s.stability, coalesce(m.stability, 1)) AS stability
FROM stability AS s
LEFT JOIN past_member AS m USING (account_key)
