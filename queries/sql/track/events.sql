-- Grain: one row per event. Inputs: track_name, finding_change. Output: event, n.
-- Why: the sweep's summary in numbers: clusters that are there, and those that died. A cluster that
-- merged into another or fell apart is told by what it became.
SELECT event, count(*) AS n
FROM (
    SELECT event FROM track_name
    UNION ALL
    SELECT event FROM finding_change WHERE event = 'death'
)
GROUP BY event
ORDER BY event
