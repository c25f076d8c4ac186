-- Grain: one row per sweep, cluster and event other than plain continuation.
-- Input: register.identity.
-- Why: the log of what became of each cluster; it outlives the findings of old sweeps.
CREATE OR REPLACE VIEW identities AS
SELECT sweep_id, previous_id, as_of, cluster_id, event, other_cluster_id, n_joined, n_left
FROM register.identity
