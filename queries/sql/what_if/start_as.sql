-- Grain: one row per account that starts in a cluster. Input: start; $all (with what is left out).
-- Output: started (account_key, community, name).
-- Why: clusters are numbered by name.
CREATE OR REPLACE TABLE started AS
SELECT
    account_key, (dense_rank() OVER (ORDER BY if($all, before, after)) - 1)::INTEGER AS community,
    if($all, before, after) AS name
FROM start
WHERE if($all, before, after) IS NOT NULL
