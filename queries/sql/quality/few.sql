-- Grain: one row per kind and week before the window's end, week 0 the newest, four of them at most.
-- Input: quality_use. Output: kind, week, n_accounts, n_values, n_top (accounts of the commonest value).
-- Why: a kind that falls to few values ("unknown", a proxy's address) ties everybody together.
WITH held AS (
    SELECT w.week, u.kind, u.value, count(*) AS n
    FROM quality_use AS u
    JOIN (SELECT unnest(range(0, 5)) AS week) AS w ON u.newer <= w.week AND u.older >= w.week
    GROUP BY ALL
),
people AS (
    SELECT w.week, u.kind, count(DISTINCT u.account_id) AS n_accounts
    FROM quality_use AS u
    JOIN (SELECT unnest(range(0, 5)) AS week) AS w ON u.newer <= w.week AND u.older >= w.week
    GROUP BY ALL
)
SELECT p.kind, p.week, p.n_accounts, count(*) AS n_values, max(h.n) AS n_top
FROM people AS p
JOIN held AS h USING (kind, week)
GROUP BY p.kind, p.week, p.n_accounts
ORDER BY p.kind, p.week
