-- Grain: one row per kind. Inputs: treatment, kind. Output: kind, n_values, n_pairs, n_skipped.
-- Why: every join that can explode is counted before it runs.
SELECT
    k.kind, count(*) FILTER (WHERE t.expand = 'all') AS n_values,
    coalesce(sum(t.k::BIGINT * (t.k - 1) // 2) FILTER (WHERE t.expand = 'all'), 0)::BIGINT AS n_pairs,
    coalesce(sum(t.n_pairs_skipped), 0)::BIGINT AS n_skipped
FROM treatment AS t
JOIN kind AS k USING (kind_key)
GROUP BY k.kind
ORDER BY k.kind
