-- Grain: one row per tier. Input: finding_cluster. Output: tier, n.
-- Why: the sweep's summary in numbers.
SELECT tier, count(*) AS n FROM finding_cluster GROUP BY tier ORDER BY tier
