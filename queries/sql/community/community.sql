-- Grain: one row per account in a community. Input: community_frame (registered by the stage).
-- Output: account_key, community.
-- Why: the table that the next stages read.
CREATE OR REPLACE TABLE community AS
SELECT account_key::INTEGER AS account_key, community::INTEGER AS community
FROM community_frame
