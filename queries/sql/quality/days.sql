-- Grain: one row per feed and day before the window's end, day 0 the newest, from the feed's first day
-- (or the horizon) on, days without a row too.
-- Inputs: facts.signal, facts.prompt, facts.event, facts.account, facts.link; $window_end, $days.
-- Output: quality_day (feed, day, n: rows in use on that day).
-- Why: what a feed usually brings tells when it stops or swells. A signal counts on every day of its
-- stretch, so that one load of everything and weekly loads look alike.
CREATE OR REPLACE TEMP TABLE quality_day AS
WITH whole AS (SELECT epoch_us($window_end::TIMESTAMP) AS ends, 86400000000 AS day),
dated AS (
    SELECT
        'signals: ' || kind AS feed, coalesce(first_seen, last_seen) AS since,
        coalesce(last_seen, first_seen) AS until
    FROM facts.signal
    UNION ALL
    SELECT 'links: ' || kind, seen_at, seen_at FROM facts.link
    UNION ALL
    SELECT 'prompts', sent_at, sent_at FROM facts.prompt
    UNION ALL
    SELECT 'events', "at", "at" FROM facts.event
    UNION ALL
    SELECT 'sign-ups', created_at, created_at FROM facts.account
),
stretch AS (
    SELECT
        feed, least((ends - 1 - epoch_us(since)) // day, $days::BIGINT - 1) AS older,
        greatest((ends - 1 - epoch_us(until)) // day, 0) AS newer, count(*) AS n
    FROM dated, whole
    WHERE since < $window_end::TIMESTAMP AND until >= $window_end::TIMESTAMP - to_days($days::INTEGER)
    GROUP BY ALL
),
step AS (
    SELECT feed, older AS day, n FROM stretch
    UNION ALL
    SELECT feed, newer - 1, -n FROM stretch
),
per_day AS (
    SELECT feed, day, sum(n) AS n FROM step GROUP BY feed, day
    UNION ALL
    SELECT feed, unnest(range(0, max(older) + 1)), 0 FROM stretch GROUP BY feed
)
SELECT feed, day, n
FROM (
    SELECT
        feed, day,
        sum(sum(n)) OVER (PARTITION BY feed ORDER BY day DESC)::BIGINT AS n
    FROM per_day
    GROUP BY feed, day
)
WHERE day >= 0
