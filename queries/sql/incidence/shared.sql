-- Grain: one row per value used by two or more accounts. Input: used.
-- Output: kind_key, value_hash, k (accounts), first_seen, last_seen.
-- Why: a value of one account links nobody.
CREATE OR REPLACE TABLE shared AS
SELECT
    kind_key, value_hash, count(*)::INTEGER AS k, min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM used
GROUP BY kind_key, value_hash
HAVING count(*) >= 2
