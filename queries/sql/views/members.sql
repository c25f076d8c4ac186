-- Grain: one row per sweep, cluster and account. Input: findings.member. Contract, section 3.
-- Why: who belongs, how firmly and by what.
CREATE OR REPLACE VIEW members AS
SELECT
    sweep_id, cluster_id, account_id, role, score, n_links, families, why, bits, stability,
    account_key
FROM findings.member
