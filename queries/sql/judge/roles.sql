-- Grain: one row per cluster. Input: membership. Output: c, n_fringe, n_network_only.
-- Why: how many hang on by one value, one kind or an address alone.
SELECT
    c, count(*) FILTER (WHERE NOT core AND (n_other = 0 OR n_values <= 1 OR n_kinds <= 1)) AS n_fringe,
    count(*) FILTER (WHERE NOT core AND n_other = 0) AS n_network_only
FROM membership
GROUP BY c
ORDER BY c
