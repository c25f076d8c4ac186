-- Grain: one row per account and cluster it may belong to. Input: candidate.
-- Output: account_key, c, based.
-- Why: the hours are compared outside SQL.
SELECT account_key, c, based FROM candidate
