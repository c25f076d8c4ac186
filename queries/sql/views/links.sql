-- Grain: one row per sweep and linked pair. Inputs: findings.link, findings.account.
-- Why: dense keys inside, names at the edge.
CREATE OR REPLACE VIEW links AS
SELECT
    l.sweep_id, l.cluster_id, a.account_id AS src, b.account_id AS dst, l.bits, l.n_values,
    l.families
FROM findings.link AS l
JOIN findings.account AS a ON a.sweep_id = l.sweep_id AND a.account_key = l.src_key
JOIN findings.account AS b ON b.sweep_id = l.sweep_id AND b.account_key = l.dst_key
