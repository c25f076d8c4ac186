-- Grain: one row per feed with at least three whole weeks before the newest one.
-- Input: quality_day. Output: feed, newest (rows of the busiest day of the last seven), usual (the
-- median of the same over the weeks before), weeks (how many those are).
-- Why: ten times the usual volume, or a tenth of it, is a fault of the feed more often than news.
WITH week AS (
    SELECT feed, day // 7 AS week, max(n) AS n
    FROM quality_day
    GROUP BY feed, week
    HAVING count(*) = 7
)
SELECT
    feed, max(n) FILTER (WHERE week = 0) AS newest, median(n) FILTER (WHERE week > 0) AS usual,
    count(*) FILTER (WHERE week > 0) AS weeks
FROM week
GROUP BY feed
HAVING count(*) FILTER (WHERE week > 0) >= 3
ORDER BY feed
