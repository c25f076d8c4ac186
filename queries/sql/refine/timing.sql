-- Grain: one row per candidate with activity. Input: timed (registered by the stage).
-- Output: account_key, c, bits (micro-bits, -6..10).
-- Why: does the account act when the cluster acts? (method, section 5)
CREATE OR REPLACE TABLE timing AS
SELECT account_key, c, bits FROM timed
