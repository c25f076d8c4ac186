-- Grain: one row per cluster that prompts on templates. Inputs: base, load, kind, kind_bits.
-- Output: c, pi (share of the base's prompting that is on the cluster's templates).
-- Why: an account that mostly asks other things is a reseller's honest customer, not an operator's
-- account (method, section 5).
CREATE OR REPLACE TABLE rate AS
WITH asked AS (
    SELECT b.c, sum(l.n) AS n
    FROM base AS b
    JOIN load AS l USING (account_key)
    JOIN kind AS k ON k.kind_key = l.kind_key AND k.kind = 'prompt'
    GROUP BY b.c
),
on_template AS (
    SELECT b.c, sum(x.n) AS n
    FROM base AS b
    JOIN kind_bits AS x ON x.account_key = b.account_key AND x.c = b.c
    JOIN kind AS k ON k.kind_key = x.kind_key AND k.kind = 'prompt'
    GROUP BY b.c
)
SELECT a.c, least(coalesce(o.n, 0) / a.n, .98) AS pi
FROM asked AS a
LEFT JOIN on_template AS o USING (c)
WHERE a.n > 0
