-- Grain: one row per account that people decided to act on. Inputs: account_decisions, labels,
-- facts.list, register.sweep; $min_role, $allow_classes, $temporary (actions that end by themselves),
-- $lasts (how long), $now. Output: export_candidate (the decision and the action; held: why it is not
-- handed over, or NULL).
-- Why: one place says who may ever be named to enforcement. Good, allow-listed and carved-out
-- accounts never are; a cluster's decision reaches members of the least role or firmer only, as the
-- reviewer saw them; whom a reviewer decided on by name needs no role.
CREATE OR REPLACE TEMP TABLE export_candidate AS
WITH good AS (
    SELECT DISTINCT account_id FROM labels WHERE lower(trim(label)) = 'good'
),
allowed AS (
    SELECT DISTINCT value AS account_id
    FROM facts.list
    WHERE
        kind = 'account' AND list_contains($allow_classes::VARCHAR[], class)
        AND (expires IS NULL OR expires > $now)
),
dated AS (
    SELECT
        d.*,
        if(list_contains($temporary::VARCHAR[], d.action), d.force_at + $lasts, NULL) AS expires_at
    FROM account_decisions AS d
)
SELECT
    d.*,
    CASE
        WHEN d.decision = 'overturn' THEN 'won appeal'
        WHEN d.decision = 'exclude' THEN 'carved out'
        WHEN d.decision = 'benign' THEN 'decided benign'
        WHEN g.account_id IS NOT NULL THEN 'labelled good'
        WHEN l.account_id IS NOT NULL THEN 'allow-listed'
        WHEN coalesce(d.action, 'none') = 'none' THEN 'no action'
        WHEN
            d.level = 'cluster' AND coalesce(
                list_position(['core', 'member', 'fringe'], d.role), 4
            ) > list_position(['core', 'member', 'fringe'], $min_role)
            THEN 'role below the limit'
        WHEN s.status = 'degraded' THEN 'decided on a degraded sweep'
        WHEN d.expires_at <= $now THEN 'expired'
    END AS held
FROM dated AS d
LEFT JOIN good AS g USING (account_id)
LEFT JOIN allowed AS l USING (account_id)
LEFT JOIN register.sweep AS s USING (sweep_id)
