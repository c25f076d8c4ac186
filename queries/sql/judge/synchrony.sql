-- Grain: one row per cluster with activity. Inputs: base, activity.
-- Output: c, tim (share of members whose z is 2 or more), lift (log2 of observed to shifted
-- company), n_active.
-- Why: company of a member is how many others act in its hours; against it stand the same hours
-- moved by whole days inside the member's own life, so that daily rhythm and age are not evidence.
WITH act AS (
    SELECT b.c, a.account_key, a.hour FROM base AS b JOIN activity AS a USING (account_key)
),
company AS (SELECT c, hour, count(*) AS s FROM act GROUP BY c, hour),
life AS (
    SELECT
        account_key, min(hour // 24) AS born, max(hour // 24) - min(hour // 24) + 1 AS days
    FROM act
    GROUP BY account_key
    HAVING max(hour // 24) - min(hour // 24) >= 3
),
moved AS (
    SELECT
        a.c, a.account_key, step,
        (l.born + (a.hour // 24 - l.born + step) % l.days) * 24 + a.hour % 24 AS hour
    FROM act AS a
    JOIN life AS l USING (account_key)
    CROSS JOIN (SELECT unnest([0, 1, 2, 3, 5, 6, 8]) AS step) AS steps
    WHERE step < l.days
),
met AS (
    SELECT
        m.c, m.account_key, m.step,
        sum(coalesce(s.s, 0) - (o.hour IS NOT NULL)::INTEGER)::DOUBLE AS met
    FROM moved AS m
    LEFT JOIN company AS s ON s.c = m.c AND s.hour = m.hour
    LEFT JOIN act AS o ON o.account_key = m.account_key AND o.hour = m.hour
    GROUP BY m.c, m.account_key, m.step
),
member AS (
    SELECT
        c, account_key, any_value(met) FILTER (WHERE step = 0) AS seen,
        avg(met) FILTER (WHERE step > 0) AS usual,
        coalesce(stddev_samp(met) FILTER (WHERE step > 0), 0) AS spread
    FROM met
    GROUP BY c, account_key
    HAVING count(*) FILTER (WHERE step > 0) >= 2
)
SELECT
    c, count(*) AS n_active,
    count(*) FILTER (WHERE (seen - usual) / greatest(spread, sqrt(usual + 1)) >= 2) / count(*) AS tim,
    log2((sum(round(seen)::BIGINT) + 1) / (sum(round(usual, 3)::DECIMAL(18, 3))::DOUBLE + 1)) AS lift
FROM member
GROUP BY c
ORDER BY c
