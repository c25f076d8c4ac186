-- Grain: one row per value that two accounts share.
-- Inputs: findings.incidence, findings.value, $sweep_id, $a, $b (account keys).
-- Output: the value's columns; pair_bits: half + half, NULL where the value forms no pairs.
-- Why: the evidence of one pair, with what was set aside and why.
WITH ours AS (
    SELECT * FROM findings.incidence WHERE sweep_id = $sweep_id AND account_key = $a
),
theirs AS (
    SELECT * FROM findings.incidence WHERE sweep_id = $sweep_id AND account_key = $b
)
SELECT
    v.value_key, v.kind, v.value, v.display, v.family, v.n_accounts, v.bits, v.treatment,
    v.class, v.why, x.first_seen AS first_a, x.last_seen AS last_a, x.n AS n_a,
    y.first_seen AS first_b, y.last_seen AS last_b, y.n AS n_b,
    x.half_bits + y.half_bits AS pair_bits
FROM ours AS x
JOIN theirs AS y USING (value_key)
JOIN findings.value AS v ON v.value_key = x.value_key AND v.sweep_id = $sweep_id
ORDER BY v.bits DESC, v.kind, v.value
