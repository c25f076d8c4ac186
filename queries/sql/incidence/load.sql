-- Grain: one row per account and kind. Input: used. Output: account_key, kind_key, d (distinct
-- values, 50 at most), n (uses).
-- Why: how much an account holds at all; who uses many values shares some by chance. From 50 values on
-- it counts as 50: random values in bulk would make everybody else's look rare.
CREATE OR REPLACE TABLE load AS
SELECT account_key, kind_key, least(count(*), 50)::INTEGER AS d, sum(n)::BIGINT AS n
FROM used
GROUP BY account_key, kind_key
