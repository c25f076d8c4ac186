-- Grain: one row per account and cluster it may belong to. Inputs: profile, usable, kind,
-- membership. Output: account_key, c, own (is a member), based (the profile rests on it).
-- Why: accounts meet a cluster through values that are not far more common outside than inside;
-- then all values count. Addresses alone make no member, so nobody is met through them.
CREATE OR REPLACE TABLE candidate AS
WITH met AS (
    SELECT DISTINCT u.account_key, p.c
    FROM profile AS p
    JOIN kind AS k USING (kind_key)
    JOIN usable AS u ON u.value_key = p.value_key
    WHERE p.a >= 2 AND p.k <= greatest(k.cap, 4 * p.a) AND k.family <> 'network'
    UNION
    SELECT account_key, c FROM membership
)
SELECT
    m.account_key, m.c, s.account_key IS NOT NULL AS own, b.account_key IS NOT NULL AS based
FROM met AS m
LEFT JOIN membership AS s ON s.account_key = m.account_key AND s.c = m.c
LEFT JOIN base AS b ON b.account_key = m.account_key AND b.c = m.c
