-- Grain: one row per account and kind. Input: used. Output: account_key, kind_key, d (distinct
-- values), n (uses).
-- Why: how much an account holds at all; who uses many values shares some by chance.
CREATE OR REPLACE TABLE load AS
SELECT account_key, kind_key, count(*)::INTEGER AS d, sum(n)::BIGINT AS n
FROM used
GROUP BY account_key, kind_key
