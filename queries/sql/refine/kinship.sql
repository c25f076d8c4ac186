-- Grain: one row per cluster and other cluster that claims at least $share of its members.
-- Inputs: membership, score. Output: c, other, share.
-- Why: communities cut one operator's accounts in pieces where few values bridge them. Members that
-- the other cluster's profile would take on strong evidence of its own say that the two are one;
-- addresses alone never do (two operators on one proxy stay two).
WITH size AS (SELECT c, count(*) AS n FROM membership GROUP BY c),
claimed AS (
    SELECT m.c, s.c AS other, count(*) AS n
    FROM membership AS m
    JOIN score AS s ON s.account_key = m.account_key AND s.c <> m.c
    WHERE s.evidence + s.timing + s.rate >= 12000000 AND s.n_strong >= 1
    GROUP BY m.c, s.c
)
SELECT k.c, k.other, k.n / a.n AS share
FROM claimed AS k
JOIN size AS a ON a.c = k.c
JOIN size AS b ON b.c = k.other
WHERE k.n >= $share * a.n AND k.n >= 3
ORDER BY k.c, k.other
