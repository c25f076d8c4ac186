-- Grain: one row. Inputs: every fact with a time. Output: newest TIMESTAMP, or NULL.
-- Why: without --as-of a sweep ends with the data, never with the clock.
SELECT max(t) AS newest
FROM (
    SELECT max(last_seen) AS t FROM facts.signal
    UNION ALL
    SELECT max(first_seen) FROM facts.signal
    UNION ALL
    SELECT max(sent_at) FROM facts.prompt
    UNION ALL
    SELECT max("at") FROM facts.event
    UNION ALL
    SELECT max(seen_at) FROM facts.link
    UNION ALL
    SELECT max(created_at) FROM facts.account
)
