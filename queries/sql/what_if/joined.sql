-- Grain: one row per cluster afterwards and cluster its other members come from.
-- Inputs: membership, scope, past_member, account, $n. Output: c, cluster_id (NULL: from none), n,
-- accounts (the first $n by name).
-- Why: who would join.
SELECT
    m.c, p.cluster_id, count(*) AS n, list(a.account_id ORDER BY a.account_id)[:$n] AS accounts
FROM membership AS m
SEMI JOIN (
    SELECT DISTINCT x.c FROM membership AS x SEMI JOIN scope AS s ON s.account_key = x.account_key
) AS t ON t.c = m.c
JOIN account AS a ON a.account_key = m.account_key
LEFT JOIN past_member AS p ON p.account_key = m.account_key
GROUP BY m.c, p.cluster_id
ORDER BY m.c, n DESC, p.cluster_id
