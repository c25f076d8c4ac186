-- Grain: rows taken from incidence. Input: near.
-- Why: only who is asked again has values from here on.
DELETE FROM incidence WHERE account_key NOT IN (SELECT account_key FROM near)
