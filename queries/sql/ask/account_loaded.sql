-- Grain: one row. Inputs: accounts, $account_id. Output: found BOOLEAN.
-- Why: "loaded after the sweep" and "never heard of" are different answers.
SELECT count(*) > 0 AS found FROM accounts WHERE account_id = $account_id
