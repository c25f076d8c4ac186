-- Grain: one row per account in a community. Input: community_frame (registered by the stage).
-- Output: account_key, community, stability.
-- Why: the table that the next stages read.
CREATE OR REPLACE TABLE community AS
SELECT account_key::INTEGER AS account_key, community::INTEGER AS community, stability::DOUBLE AS stability
FROM community_frame
