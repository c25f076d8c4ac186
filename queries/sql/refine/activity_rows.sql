-- Grain: one row per account and active hour. Input: activity. Output: account_key, hour.
-- Why: the hours are compared outside SQL.
SELECT account_key, hour FROM activity
