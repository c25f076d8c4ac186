-- Grain: one row per value, those with the most pairs first. Inputs: plan_value, value, kind, treatment;
-- $n. Output: kind, value, k, n_pairs, treatment.
-- Why: a join that is too large is too large because of a few values; these are they.
SELECT k.kind, v.value, p.k, p.n_pairs::DOUBLE AS n_pairs, t.treatment
FROM plan_value AS p
JOIN value AS v USING (value_key)
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = p.kind_key
WHERE p.n_pairs > 0
ORDER BY p.n_pairs DESC, k.kind, v.value
LIMIT $n
