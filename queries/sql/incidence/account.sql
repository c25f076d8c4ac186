-- Grain: one row per account. Inputs: facts.account, facts.signal, facts.prompt, facts.link,
-- facts.list; $as_of.
-- Output: account_key (dense, in order of creation), account_id, created_at, status, banned_at,
-- set_aside (listed as ignore, partner or staff: its values link nobody).
-- Why: dense keys are the same whatever order the rows came in and whatever accounts are called. Accounts that only
-- events name share nothing and are left out.
CREATE OR REPLACE TABLE account AS
WITH described AS (
    SELECT
        account_id, min(created_at) AS created_at, max(banned_at) AS banned_at,
        CASE
            WHEN bool_or(status = 'banned') THEN 'banned'
            WHEN bool_or(status = 'suspended') THEN 'suspended'
            ELSE 'active'
        END AS status
    FROM facts.account
    GROUP BY account_id
),
named AS (
    SELECT account_id FROM facts.signal ANTI JOIN described USING (account_id)
    UNION
    SELECT account_id FROM facts.prompt ANTI JOIN described USING (account_id)
    UNION
    SELECT src FROM facts.link AS l ANTI JOIN described AS d ON d.account_id = l.src
    UNION
    SELECT dst FROM facts.link AS l ANTI JOIN described AS d ON d.account_id = l.dst
),
everyone AS (
    SELECT account_id, created_at, status, banned_at FROM described
    UNION ALL
    SELECT account_id, NULL, 'active', NULL FROM named
),
listed AS (
    SELECT DISTINCT value AS account_id
    FROM facts.list
    WHERE
        kind = 'account' AND class IN ('ignore', 'partner', 'staff')
        AND (expires IS NULL OR expires > $as_of)
)
SELECT
    (row_number() OVER (ORDER BY created_at NULLS LAST, account_id) - 1)::INTEGER AS account_key,
    account_id,
    e.created_at, e.status, e.banned_at, l.account_id IS NOT NULL AS set_aside
FROM everyone AS e
LEFT JOIN listed AS l USING (account_id)
