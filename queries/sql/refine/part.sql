-- Grain: one row per member. Inputs: membership, parted (registered by the stage: account_key,
-- group).
-- Output: membership with each group under a number of its own.
-- Why: the last round asks whether they are a cluster without the one they were found in.
CREATE OR REPLACE TABLE membership AS
WITH free AS (SELECT max(c) + 1 AS c FROM membership)
SELECT
    m.* REPLACE (
        if(p."group" IS NULL, m.c, f.c + dense_rank() OVER (ORDER BY p."group"))::INTEGER AS c
    )
FROM membership AS m
CROSS JOIN free AS f
LEFT JOIN parted AS p USING (account_key)
