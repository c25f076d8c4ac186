-- Grain: one row per half: sign-ups of the last week, and of the weeks before.
-- Inputs: facts.account, facts.signal; $window_start, $window_end.
-- Output: newest BOOLEAN, n (accounts with a use), early (first used over five minutes before their
-- sign-up; where all times are whole days, on an earlier day).
-- Why: nobody uses an account before there is one; when many do, a clock is wrong.
WITH born AS (
    SELECT account_id, min(created_at) AS created_at
    FROM facts.account
    WHERE created_at >= $window_start::TIMESTAMP AND created_at < $window_end::TIMESTAMP
    GROUP BY account_id
),
used AS (
    SELECT account_id, min(first_seen) AS first_use
    FROM facts.signal
    SEMI JOIN born USING (account_id)
    GROUP BY account_id
)
SELECT
    created_at >= $window_end::TIMESTAMP - INTERVAL 7 DAY AS newest, count(*) AS n,
    count(*) FILTER (
        WHERE first_use < created_at - INTERVAL 5 MINUTE
        AND NOT (
            first_use = date_trunc('day', first_use)
            AND date_trunc('day', first_use) = date_trunc('day', created_at)
        )
    ) AS early
FROM born
JOIN used USING (account_id)
WHERE first_use IS NOT NULL
GROUP BY newest
ORDER BY newest
