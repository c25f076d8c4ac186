-- Grain: one row per kind. Inputs: plan_value, treatment, kind.
-- Output: kind, n_values (shared), n_aside (of these, hubs, listed and ignored), n_before, n_pairs.
-- Why: pairs before and after the treatment of large values, kind by kind.
SELECT
    k.kind, count(*) AS n_values, count(*) FILTER (WHERE t.treatment <> 'used') AS n_aside,
    sum(p.n_before)::DOUBLE AS n_before, sum(p.n_pairs)::DOUBLE AS n_pairs
FROM plan_value AS p
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = p.kind_key
GROUP BY k.kind
ORDER BY k.kind
