-- Grain: one row per feed with at least three whole weeks before the newest one.
-- Inputs: quality_stretch, quality_day. Output: feed, newest (rows in use in the last seven days), usual
-- (the median of the same over the weeks before), newest_day and usual_day (of the busiest day).
-- Why: ten times the usual volume, or a tenth of it, is a fault of the feed more often than news.
WITH step AS (
    SELECT feed, older // 7 AS week, n FROM quality_stretch
    UNION ALL
    SELECT feed, newer // 7 - 1, -n FROM quality_stretch
    UNION ALL
    SELECT feed, unnest(range(0, max(older) // 7 + 1)), 0 FROM quality_stretch GROUP BY feed
),
summed AS (
    SELECT
        feed, week, sum(sum(n)) OVER (PARTITION BY feed ORDER BY week DESC)::BIGINT AS n
    FROM step
    GROUP BY feed, week
),
busiest AS (
    SELECT feed, day // 7 AS week, max(n) AS most
    FROM quality_day
    GROUP BY feed, week
    HAVING count(*) = 7
)
SELECT
    b.feed, max(s.n) FILTER (WHERE week = 0) AS newest, median(s.n) FILTER (WHERE week > 0) AS usual,
    max(b.most) FILTER (WHERE week = 0) AS newest_day,
    median(b.most) FILTER (WHERE week > 0) AS usual_day
FROM busiest AS b
JOIN summed AS s USING (feed, week)
GROUP BY b.feed
HAVING count(*) FILTER (WHERE week > 0) >= 3
ORDER BY b.feed
