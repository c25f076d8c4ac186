-- Grain: one row. Input: account. Output: n.
-- Why: N of the threshold and of the prior.
SELECT count(*) AS n FROM account
