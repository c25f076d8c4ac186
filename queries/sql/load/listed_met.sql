-- Grain: one row. Inputs: prompt_listed, prompt_fitted (listed, family), prompt_family.
-- Output: n (listed texts), n_met (those that stand for a family).
-- Why: a listed text that meets no family lists nothing, and whoever listed it should hear of it.
WITH met AS (
    SELECT listed FROM prompt_fitted
    UNION
    SELECT l.listed
    FROM prompt_listed AS l
    JOIN prompt_family AS f USING (doc)
)
SELECT
    count(DISTINCT l.norm) AS n, count(DISTINCT l.norm) FILTER (WHERE m.listed IS NOT NULL) AS n_met
FROM prompt_listed AS l
LEFT JOIN met AS m USING (listed)
