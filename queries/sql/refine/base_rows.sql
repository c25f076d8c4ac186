-- Grain: one row per account that its cluster's profile rests on. Input: base.
-- Output: account_key, c.
-- Why: the hours are compared outside SQL.
SELECT account_key, c FROM base
