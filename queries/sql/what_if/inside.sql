-- Grain: rows taken from incidence. Input: scope.
-- Why: links are formed among the clusters in question alone.
DELETE FROM incidence WHERE account_key NOT IN (SELECT account_key FROM scope)
