-- Grain: one row per cluster and hour with activity. Inputs: base, activity.
-- Output: c, hour, s (members active), expected.
-- Why: expected is the day's total times the cluster's own hour-of-day share, smoothed over seven
-- hours: a common daily rhythm is not evidence, acting in the same hours of the same days is.
CREATE OR REPLACE TABLE cluster_hour AS
WITH hours AS (
    SELECT b.c, a.hour, count(*) AS s FROM base AS b JOIN activity AS a USING (account_key)
    GROUP BY b.c, a.hour
),
days AS (SELECT c, hour // 24 AS day, sum(s) AS total FROM hours GROUP BY c, hour // 24),
daily AS (
    SELECT c, hour % 24 AS h, sum(s) AS s FROM hours GROUP BY c, hour % 24
),
spread AS (
    SELECT c, (h + unnest(range(21, 28))) % 24 AS h, s / 7 AS s FROM daily
),
share AS (
    SELECT c, h, sum(s) / any_value(total) AS share
    FROM (SELECT c, h, s, sum(s) OVER (PARTITION BY c) AS total FROM spread)
    GROUP BY c, h
)
SELECT h.c, h.hour, h.s, d.total * coalesce(r.share, 0) AS expected
FROM hours AS h
JOIN days AS d ON d.c = h.c AND d.day = h.hour // 24
LEFT JOIN share AS r ON r.c = h.c AND r.h = h.hour % 24
