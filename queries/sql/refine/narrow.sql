-- Grain: one row per candidate that may belong. Inputs: candidate, kind_bits, kind, base;
-- $n_accounts. Output: candidate, narrowed.
-- Why: who has no strong kind, or too little evidence even with the most that timing can add (10
-- bits), is out whatever the hours say; hours are the costly part.
CREATE OR REPLACE TABLE candidate AS
WITH size AS (SELECT c, count(*) AS n FROM base GROUP BY c),
able AS (
    SELECT x.account_key, x.c, sum(x.bits) AS evidence
    FROM kind_bits AS x
    JOIN kind AS k USING (kind_key)
    GROUP BY x.account_key, x.c
    HAVING
        count(*) FILTER (WHERE k.strong AND x.bits >= 3000000 AND x.company >= 2) >= 1
        OR (count(*) FILTER (WHERE k.family <> 'network') >= 2 AND count(*) >= 3)
)
SELECT d.*
FROM candidate AS d
JOIN able AS a USING (account_key, c)
JOIN size AS s ON s.c = d.c
WHERE a.evidence + 1e7 + 1e6 * log2(s.n / $n_accounts) > 0
