-- Grain: one row per account with a value in the window. Input: used.
-- Output: account_key, first_seen, last_seen.
-- Why: kept apart, so that the large table can go.
CREATE OR REPLACE TABLE seen AS
SELECT account_key, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM used
GROUP BY account_key
