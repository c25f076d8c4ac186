-- Grain: one row per account that is asked again. Inputs: past_account, near, facts.list, $as_of.
-- Output: as incidence/account.
-- Why: the keys of the sweep, so that every seeded step takes the path that it took there.
CREATE OR REPLACE TABLE account AS
WITH listed AS (
    SELECT DISTINCT value AS account_id
    FROM facts.list
    WHERE
        kind = 'account' AND class IN ('ignore', 'partner', 'staff')
        AND (expires IS NULL OR expires > $as_of)
)
SELECT
    a.account_key, a.account_id, a.created_at, a.status, NULL::TIMESTAMP AS banned_at,
    l.account_id IS NOT NULL AS set_aside
FROM past_account AS a
SEMI JOIN near AS n ON n.account_key = a.account_key
LEFT JOIN listed AS l ON l.account_id = a.account_id
