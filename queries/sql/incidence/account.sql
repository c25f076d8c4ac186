-- Grain: one row per account. Inputs: facts.account, facts.signal, facts.prompt, facts.link.
-- Output: account_key (dense, in order of account_id), account_id, created_at, status, banned_at.
-- Why: dense keys in name order are the same whatever order the rows came in. Accounts that only
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
)
SELECT
    (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS account_key, account_id,
    created_at, status, banned_at
FROM everyone
