-- Grain: one row per feed. Input: quality_day. Output: feed, usual (median rows a day), silent (whole
-- days with next to nothing at the window's end), gap (the longest such run before), age (days).
-- Why: a feed is missing when it is silent for longer than it ever was.
WITH usual AS (
    SELECT feed, median(n) AS usual, max(day) + 1 AS age FROM quality_day GROUP BY feed
),
marked AS (
    SELECT feed, day, usual, age, n < greatest(1, usual / 20) AS dry
    FROM quality_day
    JOIN usual USING (feed)
),
run AS (
    SELECT
        feed, usual, age, dry, day,
        day - row_number() OVER (PARTITION BY feed, dry ORDER BY day) AS part
    FROM marked
),
runs AS (
    SELECT feed, min(day) AS newest, count(*) AS n
    FROM run
    WHERE dry
    GROUP BY feed, part
)
SELECT
    u.feed, u.usual, u.age,
    coalesce(max(r.n) FILTER (WHERE r.newest = 0), 0)::BIGINT AS silent,
    coalesce(max(r.n) FILTER (WHERE r.newest > 0), 0)::BIGINT AS gap
FROM usual AS u
LEFT JOIN runs AS r USING (feed)
GROUP BY u.feed, u.usual, u.age
ORDER BY u.feed
