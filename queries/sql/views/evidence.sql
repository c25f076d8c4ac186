-- Grain: one row per sweep, cluster and shared value. Input: findings.evidence.
-- Why: what a cluster's members share, and how many others have it too.
CREATE OR REPLACE VIEW evidence AS
SELECT sweep_id, cluster_id, kind, value, n_in, n_all, bits, value_key FROM findings.evidence
