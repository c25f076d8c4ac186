-- Grain: none. Input: the view account.
-- Why: makes room for the accounts that are asked again.
DROP VIEW account
