-- Grain: one row per feed, day of the first and day of the last use, counted back from the window's end
-- (0 is the newest). Inputs: facts.signal, facts.prompt, facts.event, facts.account, facts.link;
-- $window_end, $days. Output: quality_stretch (feed, older, newer, n rows).
-- Why: one look at all times; a signal counts over its whole stretch, so that one load of everything and
-- weekly loads look alike.
CREATE OR REPLACE TEMP TABLE quality_stretch AS
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
)
SELECT
    feed, least((ends - 1 - epoch_us(since)) // day, $days::BIGINT - 1) AS older,
    greatest((ends - 1 - epoch_us(until)) // day, 0) AS newer, count(*) AS n
FROM dated, whole
WHERE since < $window_end::TIMESTAMP AND until >= $window_end::TIMESTAMP - to_days($days::INTEGER)
GROUP BY ALL
