-- Grain: one row. Inputs: accounts, $account_id. Output: found BOOLEAN.
-- Why: "not in the window" and "never heard of" are different answers.
SELECT count(*) > 0 AS found FROM accounts WHERE account_id = $account_id
