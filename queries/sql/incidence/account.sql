-- Grain: one row per account. Inputs: facts.account, facts.signal, facts.prompt, facts.link,
-- facts.event.
-- Output: account_key (dense, in order of account_id), account_id, created_at, status, banned_at.
-- Why: dense keys in name order are the same whatever order the rows came in.
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
    SELECT DISTINCT account_id FROM facts.signal
    UNION
    SELECT DISTINCT account_id FROM facts.prompt
    UNION
    SELECT DISTINCT account_id FROM facts.event
    UNION
    SELECT src FROM facts.link
    UNION
    SELECT dst FROM facts.link
),
everyone AS (
    SELECT
        account_id, created_at, coalesce(status, 'active') AS status, banned_at
    FROM named
    FULL JOIN described USING (account_id)
)
SELECT
    (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS account_key, account_id,
    created_at, status, banned_at
FROM everyone
