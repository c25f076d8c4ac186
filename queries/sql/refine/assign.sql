-- Grain: one row per account that belongs to a cluster. Input: score; $min_size.
-- Output: account_key, c, core and the parts of the best score.
-- Why: belong only with a strong kind (payment, device, prompt) of 3 bits, or three kinds of which
-- two are not addresses; leaving costs 3 bits; at 0 bits or less an account belongs nowhere (method,
-- section 5). Who neither behaves like the cluster nor has two strong kinds needs 4 bits: bystanders
-- behind a proxy or with one recycled card end here.
CREATE OR REPLACE TABLE membership AS
WITH eligible AS (
    SELECT
        *,
        evidence + timing + rate >= 12000000
        AND (prompt >= 3000000 OR timing >= 3000000 OR n_strong >= 2) AS core
    FROM score
    WHERE
        bits > if(n_strong >= 2 OR prompt >= 3000000 OR timing >= 3000000, 0, 4000000)
        AND (n_strong >= 1 OR (n_other >= 2 AND n_kinds >= 3))
),
best AS (
    SELECT *
    FROM eligible
    QUALIFY row_number() OVER (
        PARTITION BY account_key ORDER BY bits + if(own, 3000000, 0) DESC, c
    ) = 1
)
SELECT *
FROM best
QUALIFY count(*) OVER (PARTITION BY c) >= $min_size
