-- Grain: one row per cluster. Inputs: membership, stability. Output: c, n_fringe, n_network_only,
-- stability (mean of the members).
-- Why: how many hang on by one value, one kind or an address alone; does the cluster hold together.
SELECT
    m.c,
    count(*) FILTER (
        WHERE NOT m.core AND (m.n_other = 0 OR m.n_values <= 1 OR m.n_kinds <= 1)
    ) AS n_fringe,
    count(*) FILTER (WHERE NOT m.core AND m.n_other = 0) AS n_network_only,
    round(avg(coalesce(round(s.stability, 6)::DECIMAL(9, 6), 0)), 6)::DOUBLE AS stability
FROM membership AS m
LEFT JOIN stability AS s USING (account_key)
GROUP BY m.c
ORDER BY m.c
