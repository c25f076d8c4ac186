-- Grain: one row per account that people decided on. Input: account_decisions. Output: account_id,
-- decision, force_seq.
-- Why: a sweep tells its tiers as readers will see them.
SELECT account_id, decision, force_seq FROM account_decisions ORDER BY account_id
