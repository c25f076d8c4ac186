-- Grain: one row per linked pair of cluster members, in order. Inputs: link, membership.
-- Output: src_key, dst_key, weight.
-- Why: the consensus asks only whether clusters that were found hold together.
SELECT l.src_key, l.dst_key, l.weight
FROM link AS l
SEMI JOIN membership AS a ON a.account_key = l.src_key
SEMI JOIN membership AS b ON b.account_key = l.dst_key
ORDER BY l.src_key, l.dst_key
