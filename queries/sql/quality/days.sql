-- Grain: one row per feed and day before the window's end, day 0 the newest, from the feed's first day
-- (or the horizon) on, days without a row too.
-- Input: quality_stretch. Output: quality_day (feed, day, n: rows in use on that day).
-- Why: what a feed usually brings tells when it stops.
CREATE OR REPLACE TEMP TABLE quality_day AS
WITH step AS (
    SELECT feed, older AS day, n FROM quality_stretch
    UNION ALL
    SELECT feed, newer - 1, -n FROM quality_stretch
    UNION ALL
    SELECT feed, unnest(range(0, max(older) + 1)), 0 FROM quality_stretch GROUP BY feed
),
summed AS (
    SELECT
        feed, day, sum(sum(n)) OVER (PARTITION BY feed ORDER BY day DESC)::BIGINT AS n
    FROM step
    GROUP BY feed, day
)
SELECT feed, day, n FROM summed WHERE day >= 0
