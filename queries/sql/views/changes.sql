-- Grain: one row per sweep, cluster and event. Input: findings.change. Contract, section 3.
-- Why: what is new against the sweep before.
CREATE OR REPLACE VIEW changes AS
SELECT sweep_id, cluster_id, event, other_cluster_id, n_joined, n_left FROM findings.change
