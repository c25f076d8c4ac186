-- Grain: one row per sweep and shared value. Input: findings.value. Contract, section 3.
-- Why: what was used, what was set aside, and why.
CREATE OR REPLACE VIEW shared_values AS
SELECT
    sweep_id, kind, value, n_accounts, bits, treatment, class, why, display, family,
    n_pairs_skipped, first_seen, last_seen, value_key
FROM findings.value
