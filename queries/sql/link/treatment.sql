-- Grain: one row per shared value. Inputs: value, kind, total, listed, population, company.
-- Output: value_key, kind_key, k, treatment, class, expand (all, partners, window, none), floor
-- (micro-bits), n_pairs_skipped, burst, banned, top_share, together, reason.
-- Why: the one place that decides what a value may do (method, sections 1 to 3). A value in a quarter
-- of its kind's incidences is a placeholder or the platform's own: it has no floor.
CREATE OR REPLACE TABLE treatment AS
WITH judged AS (
    SELECT
        v.value_key, v.kind_key, v.k, k.cap, k.hub_max, k.m, k.partners, k.window_us, k.family,
        l.class AS listed_class, l.reason, p.burst, p.spread_days, p.banned, c.top_share,
        c.together, k.min_bits, v.k > .25 * x.e AS everywhere,
        coalesce(l.class IN ('ignore', 'partner', 'organisation', 'staff'), false) AS set_aside,
        v.k > k.cap AND coalesce(p.burst, 0) < .5 AND coalesce(c.together, 0) < .25
        AND coalesce(c.top_share, 0) < .3 AS diverse
    FROM value AS v
    JOIN kind AS k USING (kind_key)
    JOIN total AS x USING (kind_key)
    LEFT JOIN listed AS l USING (value_key)
    LEFT JOIN population AS p USING (value_key)
    LEFT JOIN company AS c USING (value_key)
),
decided AS (
    SELECT
        *,
        CASE
            WHEN set_aside THEN 'listed'
            WHEN k > cap AND diverse AND (everywhere OR family <> 'payment') THEN 'hub'
            WHEN m = 0 THEN 'ignored'
            WHEN k > hub_max THEN 'hub'
            ELSE 'used'
        END AS treatment
    FROM judged
)
SELECT
    value_key, kind_key, k, treatment,
    CASE
        WHEN listed_class IS NOT NULL THEN listed_class
        WHEN k <= cap THEN NULL
        WHEN diverse AND family = 'network' THEN 'infrastructure'
        WHEN diverse THEN 'popular'
        WHEN coalesce(burst, 0) >= .5 THEN 'burst'
        ELSE 'one crowd'
    END AS class,
    CASE
        WHEN treatment IN ('listed', 'ignored') OR m = 0 THEN 'none'
        WHEN window_us IS NOT NULL THEN 'window'
        WHEN k <= cap THEN 'all'
        WHEN k <= hub_max AND partners > 0 THEN 'partners'
        ELSE 'none'
    END AS expand,
    if(min_bits > 0 AND NOT (everywhere AND k > cap), (1e6 * min_bits)::BIGINT, 0) AS floor,
    CASE
        WHEN window_us IS NOT NULL THEN 0
        WHEN treatment = 'listed' OR k > hub_max OR (k > cap AND partners = 0) THEN k::BIGINT * (k - 1) // 2
        WHEN k > cap THEN greatest(k::BIGINT * (k - 1) // 2 - k::BIGINT * (partners // 2), 0)
        ELSE 0
    END AS n_pairs_skipped,
    burst, spread_days, banned, top_share, together, reason
FROM decided
