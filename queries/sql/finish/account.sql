-- Grain: one row per account. Inputs: account, seen; $sweep_id. Output: as findings.account.
-- Why: the edge where dense keys get their names back.
CREATE OR REPLACE TABLE finding_account AS
SELECT
    $sweep_id AS sweep_id, a.account_key, a.account_id, a.created_at, a.status, s.first_seen,
    s.last_seen
FROM account AS a
LEFT JOIN seen AS s USING (account_key)
