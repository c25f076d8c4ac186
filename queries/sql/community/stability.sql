-- Grain: one row per member. Input: stability_frame (registered by the stage).
-- Output: account_key, stability.
-- Why: share of seeds in which the account stays with its cluster.
CREATE OR REPLACE TABLE stability AS
SELECT account_key::INTEGER AS account_key, stability::DOUBLE AS stability FROM stability_frame
