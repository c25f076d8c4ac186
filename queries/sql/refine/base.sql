-- Grain: one row per account that its cluster's profile rests on. Input: membership.
-- Output: account_key, c.
-- Why: profiles are built from core members; a cluster with fewer than 3 of them or a core under a
-- fifth of it rests on all.
CREATE OR REPLACE TABLE base AS
WITH counted AS (
    SELECT
        account_key, c, core, count(*) OVER (PARTITION BY c) AS n,
        count(*) FILTER (WHERE core) OVER (PARTITION BY c) AS n_core
    FROM membership
)
SELECT account_key, c FROM counted WHERE core OR n_core < greatest(3, .2 * n)
