-- Grain: one row per feed with rows after the window's end.
-- Inputs: facts.signal, facts.prompt, facts.event, facts.account, facts.link; $window_end.
-- Output: feed, n (rows), days (from the window's end to the newest of them).
-- Why: next to nothing after the window's end is no later data, but clocks that are ahead.
WITH dated AS (
    SELECT 'signals: ' || kind AS feed, coalesce(last_seen, first_seen) AS "at" FROM facts.signal
    UNION ALL
    SELECT 'links: ' || kind, seen_at FROM facts.link
    UNION ALL
    SELECT 'prompts', sent_at FROM facts.prompt
    UNION ALL
    SELECT 'events', "at" FROM facts.event
    UNION ALL
    SELECT 'sign-ups', created_at FROM facts.account
)
SELECT
    feed, count(*) AS n,
    (epoch_us(max("at")) - epoch_us($window_end::TIMESTAMP)) / 86400000000 AS days
FROM dated
WHERE "at" >= $window_end::TIMESTAMP
GROUP BY feed
ORDER BY feed
