-- Grain: one row per shared value. Inputs: treatment, kind.
-- Output: value_key, kind_key, k, n_before (all pairs of its accounts, where the kind can link), n_pairs
-- (pairs that the links will form), counted (whether n_pairs is known without looking at times).
-- Why: what a value costs is known from its size and treatment. A ring of r partners each way makes
-- least(k r, all) pairs; values of kinds with a window are counted apart.
CREATE OR REPLACE TABLE plan_value AS
WITH sized AS (
    SELECT
        t.value_key, t.kind_key, t.k, t.expand, t.k::HUGEINT * (t.k - 1) // 2 AS n_all, k.m,
        greatest(k.partners // 2, 1) AS reach
    FROM treatment AS t
    JOIN kind AS k USING (kind_key)
)
SELECT
    value_key, kind_key, k, if(m > 0, n_all, 0)::HUGEINT AS n_before,
    CASE expand
        WHEN 'all' THEN n_all
        WHEN 'partners' THEN least(k::HUGEINT * reach, n_all)
        ELSE 0
    END::HUGEINT AS n_pairs,
    expand <> 'window' AS counted
FROM sized
