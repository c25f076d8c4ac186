-- Grain: one row per event. Input: finding_change. Output: event, n.
-- Why: the sweep's summary in numbers.
SELECT event, count(*) AS n FROM finding_change GROUP BY event ORDER BY event
