-- Grain: one row per account in a community. Input: community.
-- Output: account_key, c, core (all true: the first profile rests on everybody).
-- Why: the refinement starts from the communities.
CREATE OR REPLACE TABLE membership AS
SELECT account_key, community AS c, true AS core FROM community
