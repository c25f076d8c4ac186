-- Grain: one row per cluster with activity. Inputs: base, activity.
-- Output: c, rhythm (Kullback-Leibler divergence of its hour-of-day use from everybody's, bits),
-- office (share of activity on weekdays, 7 to 19 UTC), hours (distinct hours of day, effective).
-- Why: a schedule that runs at fixed hours every day shows here, not in day shifts.
WITH everyone AS (
    SELECT hour % 24 AS h, count(*) AS n FROM activity GROUP BY hour % 24
),
usual AS (SELECT h, (n + 1) / sum(n + 1) OVER () AS q FROM everyone),
act AS (
    SELECT b.c, a.hour % 24 AS h, count(*) AS n,
        count(*) FILTER (WHERE (a.hour // 24 + 3) % 7 < 5 AND a.hour % 24 BETWEEN 7 AND 18) AS n_office
    FROM base AS b
    JOIN activity AS a USING (account_key)
    GROUP BY b.c, a.hour % 24
),
share AS (
    SELECT c, h, n, n_office, n / sum(n) OVER (PARTITION BY c) AS p, sum(n) OVER (PARTITION BY c) AS total
    FROM act
)
SELECT
    s.c,
    greatest(0, round(sum(s.p * log2(s.p / u.q)) - 23 / (2 * ln(2) * any_value(s.total)), 6)) AS rhythm,
    sum(s.n_office) / any_value(s.total) AS office,
    round(pow(2, -sum(s.p * log2(s.p))), 6) AS hours
FROM share AS s
JOIN usual AS u USING (h)
GROUP BY s.c
ORDER BY s.c
