-- Grain: one row per feed, half (the last week, the weeks before) and hour of the day (UTC).
-- Inputs: facts.signal, facts.prompt, facts.event, facts.account; $window_start, $window_end.
-- Output: feed, newest BOOLEAN, hour, n.
-- Why: a whole feed shifted by hours shows in its daily curve.
WITH dated AS (
    SELECT 'signals: ' || kind AS feed, coalesce(last_seen, first_seen) AS "at" FROM facts.signal
    UNION ALL
    SELECT 'prompts', sent_at FROM facts.prompt
    UNION ALL
    SELECT 'events', "at" FROM facts.event
    UNION ALL
    SELECT 'sign-ups', created_at FROM facts.account
)
SELECT
    feed, "at" >= $window_end::TIMESTAMP - INTERVAL 7 DAY AS newest, hour("at")::INTEGER AS hour,
    count(*) AS n
FROM dated
WHERE "at" >= $window_start::TIMESTAMP AND "at" < $window_end::TIMESTAMP
GROUP BY ALL
ORDER BY feed, newest, hour
