-- Grain: one row per account in a community, with what is left out. Input: community.
-- Output: cut_before.
-- Why: to be set against the communities without it.
CREATE OR REPLACE TABLE cut_before AS
FROM community
