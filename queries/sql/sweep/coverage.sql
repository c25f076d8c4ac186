-- Grain: one row. Inputs: facts.signal, facts.prompt, $window_start, $window_end.
-- Output: uses, in_window.
-- Why: a window that holds little of the data is said, not found out later.
WITH used AS (
    SELECT first_seen, last_seen FROM facts.signal
    UNION ALL
    SELECT sent_at, sent_at FROM facts.prompt
)
SELECT
    count(*) AS uses,
    count(*) FILTER (
        WHERE (last_seen IS NULL OR last_seen >= $window_start)
        AND (first_seen IS NULL OR first_seen < $window_end)
    ) AS in_window
FROM used
