-- Grain: none. Input: account.
-- Why: room for everybody's sign-ups while the clusters are judged.
ALTER TABLE account RENAME TO near_account
