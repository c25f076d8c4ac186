-- Grain: one row per cluster in question and cluster that one of its members is in afterwards.
-- Inputs: scope, membership, dropped, account, $n. Output: cluster_id, c (NULL: in none), n, accounts
-- (the first $n by name). Accounts that are left out are not counted.
-- Why: who stays together, who leaves.
WITH gone AS (SELECT key AS account_key FROM dropped WHERE room = 'account')
SELECT
    s.cluster_id, m.c, count(*) AS n,
    list(a.account_id ORDER BY a.account_id)[:$n] AS accounts
FROM scope AS s
ANTI JOIN gone AS g ON g.account_key = s.account_key
JOIN account AS a ON a.account_key = s.account_key
LEFT JOIN membership AS m ON m.account_key = s.account_key
GROUP BY s.cluster_id, m.c
ORDER BY s.cluster_id, n DESC, m.c
