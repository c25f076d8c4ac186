-- Grain: one row per account and active hour. Input: active (registered by the stage).
-- Output: account_key, hour (hours since 1970).
-- Why: the hours of every account that some cluster may claim.
CREATE OR REPLACE TABLE activity AS
SELECT account_key, hour FROM active
