-- Grain: one row per account in a cluster without what is left out. Inputs: near, answer,
-- past_member, dropped; $min_size. Output: membership (account_key, c, core, n_other, n_values,
-- n_kinds), clusters numbered by name.
-- Why: an account moves only where the two answers differ; one more round of questions moves a few
-- accounts anyway, which is no work of what is left out. Where they agree the sweep stands.
CREATE OR REPLACE TABLE membership AS
WITH decided AS (
    SELECT
        n.account_key,
        CASE WHEN a.name IS NOT DISTINCT FROM b.name THEN p.cluster_id ELSE a.name END AS name,
        coalesce(a.core, p.role = 'core') AS core, coalesce(a.n_other, 1) AS n_other,
        coalesce(a.n_values, if(p.role = 'fringe', 1, 2)) AS n_values,
        coalesce(a.n_kinds, 2) AS n_kinds
    FROM near AS n
    ANTI JOIN dropped AS d ON d.room = 'account' AND d.key = n.account_key
    LEFT JOIN answer AS b ON b.account_key = n.account_key AND b.with_all
    LEFT JOIN answer AS a ON a.account_key = n.account_key AND NOT a.with_all
    LEFT JOIN past_member AS p ON p.account_key = n.account_key
)
SELECT
    account_key, (dense_rank() OVER (ORDER BY name) - 1)::INTEGER AS c, core, n_other, n_values,
    n_kinds
FROM decided
WHERE name IS NOT NULL
QUALIFY count(*) OVER (PARTITION BY name) >= $min_size
