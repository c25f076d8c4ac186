-- Grain: one row. Input: past_account. Output: n.
-- Why: N stays the platform's.
SELECT count(*) AS n FROM past_account
