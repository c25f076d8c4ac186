-- Grain: one row, or none. Inputs: findings.link, $sweep_id, $a, $b (account keys).
-- Output: bits, n_values.
-- Why: what the sweep itself made of the pair.
SELECT bits, n_values
FROM findings.link
WHERE sweep_id = $sweep_id AND src_key = least($a, $b) AND dst_key = greatest($a, $b)
