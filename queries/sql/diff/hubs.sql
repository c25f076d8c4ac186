-- Grain: one row per shared value that one sweep set aside and the other did not, or that changed its
-- class. Inputs: findings.value; $a, $b, $most. Output: kind, value, display, what each sweep made of
-- it, accounts in each, why now; n: such values in all.
-- Why: a value that turns into a hub takes its links with it, and one that is none any more brings
-- them: what changed in clusters may have changed for that reason alone.
WITH earlier AS (
    SELECT * FROM findings.value WHERE sweep_id = $a
),
later AS (
    SELECT * FROM findings.value WHERE sweep_id = $b
)
SELECT
    kind, value, l.display, e.treatment AS treatment_before, l.treatment AS treatment_now,
    e.class AS class_before, l.class AS class_now, e.n_accounts AS n_before,
    l.n_accounts AS n_now, l.why, count(*) OVER () AS n
FROM earlier AS e
JOIN later AS l USING (kind, value)
WHERE
    e.treatment <> l.treatment
    OR (e.class IS DISTINCT FROM l.class AND 'hub' IN (e.treatment, l.treatment))
ORDER BY greatest(e.n_accounts, l.n_accounts) DESC, kind, value
LIMIT $most
