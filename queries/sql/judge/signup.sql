-- Grain: one row per cluster. Inputs: base, account, membership.
-- Output: c, size, n_core, banned, n_created, burst_n (created in its densest 3 days), burst_usual
-- (everybody's share in those days), age_spread (10th to 90th percentile of creation, days),
-- span (first to last creation, days).
-- Why: sign-up bursts are weighed against the platform's own (launch days are not evidence).
WITH day_of AS (
    SELECT account_key, status, date_diff('day', TIMESTAMP '1970-01-01', created_at) AS day
    FROM account
),
daily AS (SELECT day, count(*) AS n FROM day_of WHERE day IS NOT NULL GROUP BY day),
everyone AS (
    SELECT
        day,
        sum(n) OVER (ORDER BY day RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING) / sum(n) OVER () AS usual
    FROM daily
),
inside AS (
    SELECT b.c, d.day, count(*) AS n
    FROM base AS b
    JOIN day_of AS d USING (account_key)
    WHERE d.day IS NOT NULL
    GROUP BY b.c, d.day
),
windows AS (
    SELECT
        c, day, n,
        sum(n) OVER (PARTITION BY c ORDER BY day RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING) AS n3
    FROM inside
),
densest AS (
    SELECT c, max(n3) AS burst_n, arg_max(day, (n3, -day)) AS day, sum(n) AS n_created
    FROM windows
    GROUP BY c
),
people AS (
    SELECT
        m.c, count(*) AS size, count(*) FILTER (WHERE m.core) AS n_core,
        count(*) FILTER (WHERE d.status = 'banned') AS banned,
        quantile_disc(d.day, .9) - quantile_disc(d.day, .1) AS age_spread,
        max(d.day) - min(d.day) AS span
    FROM membership AS m
    JOIN day_of AS d USING (account_key)
    GROUP BY m.c
)
SELECT
    p.c, p.size, p.n_core, p.banned, coalesce(d.n_created, 0) AS n_created,
    coalesce(d.burst_n, 0) AS burst_n, coalesce(e.usual, 1) AS burst_usual, p.age_spread, p.span
FROM people AS p
LEFT JOIN densest AS d USING (c)
LEFT JOIN everyone AS e ON e.day = d.day
ORDER BY p.c
