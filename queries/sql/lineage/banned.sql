-- Grain: one row per account that was stopped before the window's end. Inputs: account, seen,
-- lineage_held (registered: account_id, banned_at); $window_end.
-- Output: lineage_banned (account_key, account_id, banned_at).
-- Why: whom a new account can follow. Where nobody said when, its last use is the latest it was.
CREATE OR REPLACE TABLE lineage_banned AS
WITH told AS (
    SELECT a.account_key, a.account_id, coalesce(a.banned_at, s.last_seen) AS banned_at
    FROM account AS a
    LEFT JOIN seen AS s USING (account_key)
    WHERE a.status IN ('banned', 'suspended')
    UNION ALL
    SELECT a.account_key, a.account_id, h.banned_at
    FROM lineage_held AS h
    JOIN account AS a USING (account_id)
)
SELECT account_key, account_id, min(banned_at) AS banned_at
FROM told
GROUP BY account_key, account_id
HAVING min(banned_at) IS NULL OR min(banned_at) < $window_end
