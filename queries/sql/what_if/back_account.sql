-- Grain: none. Input: near_account.
-- Why: from here on names are looked up among the accounts that are asked again.
ALTER TABLE near_account RENAME TO account
