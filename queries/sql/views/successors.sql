-- Grain: one row per sweep, new account and likely predecessor (the best three of an account).
-- Input: findings.successor. Output: its columns; shared is a JSON list of {kind, value, bits,
-- first_seen}, at most twelve of n_values.
-- Why: who goes on where a banned account stopped, and by what one can tell.
CREATE OR REPLACE VIEW successors AS
SELECT
    sweep_id, account_id, cluster_id, predecessor_id, predecessor_cluster_id, banned_at, taken_at,
    n_values, bits, families, shared::JSON AS shared, place, n_predecessors
FROM findings.successor
