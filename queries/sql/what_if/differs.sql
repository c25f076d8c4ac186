-- Grain: one row per account in a cluster without what is left out. Inputs: near, answer,
-- past_member, dropped; $min_size. Output: membership (account_key, c, core, n_other, n_values,
-- n_kinds), clusters numbered by name.
-- Why: an account moves, or changes its role, only where the two answers differ; one more round of
-- questions moves a few accounts anyway, which is no work of what is left out. Where they agree the
-- sweep stands.
CREATE OR REPLACE TABLE membership AS
WITH both_answers AS (
    SELECT
        n.account_key, p.cluster_id, p.role, a.name, a.core, coalesce(a.n_other, 1) AS n_other,
        coalesce(a.n_values, 2) AS n_values, coalesce(a.n_kinds, 2) AS n_kinds,
        a.name IS NOT DISTINCT FROM b.name AS stays,
        p.role IS NOT NULL AND a.name IS NOT DISTINCT FROM b.name
        AND (a.name IS NULL OR (
            a.core = b.core AND (a.n_other = 0 OR a.n_values <= 1 OR a.n_kinds <= 1)
            = (b.n_other = 0 OR b.n_values <= 1 OR b.n_kinds <= 1)
        )) AS keeps_role
    FROM near AS n
    ANTI JOIN dropped AS d ON d.room = 'account' AND d.key = n.account_key
    LEFT JOIN answer AS b ON b.account_key = n.account_key AND b.with_all
    LEFT JOIN answer AS a ON a.account_key = n.account_key AND NOT a.with_all
    LEFT JOIN past_member AS p ON p.account_key = n.account_key
),
decided AS (
    SELECT
        account_key, if(stays, cluster_id, name) AS name,
        if(keeps_role, role = 'core', coalesce(core, false)) AS core,
        if(keeps_role AND role <> 'fringe', greatest(1, n_other), n_other) AS n_other,
        if(keeps_role, if(role = 'fringe', 1, 2), n_values) AS n_values,
        if(keeps_role AND role <> 'fringe', 2, n_kinds) AS n_kinds
    FROM both_answers
)
SELECT
    account_key, (dense_rank() OVER (ORDER BY name) - 1)::INTEGER AS c, core, n_other, n_values,
    n_kinds
FROM decided
WHERE name IS NOT NULL
QUALIFY count(*) OVER (PARTITION BY name) >= $min_size
