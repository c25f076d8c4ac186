-- Grain: one row per treatment. Input: finding_value.
-- Output: treatment, n_values, n_pairs_skipped.
-- Why: what was set aside is said, never silent.
SELECT
    treatment, count(*) AS n_values, coalesce(sum(n_pairs_skipped), 0)::BIGINT AS n_pairs_skipped
FROM finding_value
GROUP BY treatment
ORDER BY treatment
