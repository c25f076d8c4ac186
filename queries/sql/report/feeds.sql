-- Grain: one row per feed (kind of signal, prompts, events, sign-ups, given pairs) and day of the window
-- with rows in it; days are counted back from the window's end, day 0 is the newest.
-- Inputs: facts.signal, facts.prompt, facts.event, facts.account, facts.link.
-- Output: feed, day, n rows. Why: a feed that stopped or swelled explains more than any operator does.
WITH dated AS (
    SELECT 'signals: ' || kind AS feed, coalesce(first_seen, last_seen) AS "at" FROM facts.signal
    UNION ALL
    SELECT 'prompts', sent_at FROM facts.prompt
    UNION ALL
    SELECT 'events', "at" FROM facts.event
    UNION ALL
    SELECT 'sign-ups', created_at FROM facts.account
    UNION ALL
    SELECT 'links: ' || kind, seen_at FROM facts.link
)
SELECT
    feed, ((epoch_us($window_end::TIMESTAMP) - epoch_us("at") - 1) // 86400000000)::INTEGER AS day,
    count(*) AS n
FROM dated
WHERE "at" >= $window_start::TIMESTAMP AND "at" < $window_end::TIMESTAMP
GROUP BY feed, day
ORDER BY feed, day
