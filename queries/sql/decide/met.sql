-- Grain: one row per place and merge that covers it. Inputs: decide_place, finding_member, decide_list
-- (registered). Output: place, decision_id.
-- Why: a merge joins those groups of which at least half is on its list.
WITH sizes AS (
    SELECT place, count(*) AS n FROM decide_place GROUP BY place
)
SELECT p.place, l.decision_id
FROM decide_place AS p
JOIN finding_member AS m USING (account_key)
JOIN decide_list AS l USING (account_id)
JOIN sizes AS s ON s.place = p.place
WHERE l.part IS NULL
GROUP BY p.place, l.decision_id, s.n
HAVING 2 * count(*) >= s.n
ORDER BY p.place, l.decision_id
