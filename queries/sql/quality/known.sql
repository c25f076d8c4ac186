-- Grain: one row per kind and week before the window's end, week 0 the newest, four of them at most.
-- Input: quality_use. Output: kind, week, n (uses by accounts that had the kind before that week),
-- known (of these, with a value that the account had before).
-- Why: when a feed hashes its values another way, people seem to change all they have at once.
SELECT
    u.kind, w.week, count(*) AS n, count(*) FILTER (WHERE u.older > w.week) AS known
FROM quality_use AS u
JOIN (SELECT unnest(range(0, 5)) AS week) AS w ON u.newer <= w.week AND u.older >= w.week
WHERE u.account_older > w.week
GROUP BY u.kind, w.week
ORDER BY u.kind, w.week
