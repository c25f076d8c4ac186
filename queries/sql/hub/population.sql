-- Grain: one row per value above its kind's cap. Inputs: value, kind, incidence, account.
-- Output: value_key, n_created, burst (share of its accounts created in its densest 3 days),
-- spread_days (10th to 90th percentile of creation), banned (share banned).
-- Why: a large value is judged by its population, never dropped for its size (method, section 2).
CREATE OR REPLACE TABLE population AS
WITH large AS (
    SELECT value_key FROM value JOIN kind USING (kind_key) WHERE k > cap
),
people AS (
    SELECT
        i.value_key, date_diff('day', TIMESTAMP '1970-01-01', a.created_at) AS day,
        (a.status = 'banned')::INTEGER AS banned
    FROM incidence AS i
    JOIN large USING (value_key)
    JOIN account AS a USING (account_key)
),
daily AS (
    SELECT value_key, day, count(*) AS n FROM people WHERE day IS NOT NULL GROUP BY value_key, day
),
densest AS (
    SELECT value_key, max(n3) AS n3, sum(n) AS n_created
    FROM (
        SELECT
            value_key, n,
            sum(n) OVER (
                PARTITION BY value_key ORDER BY day RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING
            ) AS n3
        FROM daily
    )
    GROUP BY value_key
)
SELECT
    p.value_key, any_value(d.n_created) AS n_created,
    any_value(d.n3) / any_value(d.n_created) AS burst,
    quantile_disc(p.day, .9) - quantile_disc(p.day, .1) AS spread_days,
    avg(p.banned) AS banned
FROM people AS p
LEFT JOIN densest AS d USING (value_key)
GROUP BY p.value_key
