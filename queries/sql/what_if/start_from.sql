-- Grain: one row per account that starts in a cluster. Input: started. Output: community.
-- Why: the table that refinement starts from.
CREATE OR REPLACE TABLE community AS
SELECT account_key, community FROM started
