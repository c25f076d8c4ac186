-- Grain: one row per cluster and stratum (kind and degree bin). Inputs: usable, base.
-- Output: c, stratum, n (usable incidences of members).
-- Why: how many values the null draws for each cluster, and where from.
SELECT
    b.c::BIGINT AS c,
    (u.kind_key * 16 + least(15, floor(log2(u.d))::INTEGER))::BIGINT AS stratum, count(*) AS n
FROM base AS b
JOIN usable AS u USING (account_key)
GROUP BY ALL
ORDER BY ALL
