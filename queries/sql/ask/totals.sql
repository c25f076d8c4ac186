-- Grain: one row. Inputs: findings.account, $sweep_id. Output: accounts.
-- Why: the threshold of a link depends on how many accounts there are.
SELECT count(*) AS accounts FROM findings.account WHERE sweep_id = $sweep_id
