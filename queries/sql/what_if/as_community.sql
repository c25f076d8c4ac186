-- Grain: one row per member of the clusters in question. Input: scope. Output: as
-- community/community, clusters numbered by name.
-- Why: the quick form takes the clusters as they are and only asks their members again.
CREATE OR REPLACE TABLE community AS
SELECT account_key, (dense_rank() OVER (ORDER BY cluster_id) - 1)::INTEGER AS community
FROM scope
