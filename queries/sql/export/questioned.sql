-- Grain: one row. Inputs: export_wanted, findings.member, findings.incidence, findings.evidence,
-- value_labels. Output: n (accounts all of whose evidence was labelled good by a won appeal).
-- Why: a warning, not a rule: one won appeal must not free a whole ring, nor pass unseen.
WITH shared AS (
    SELECT w.account_id, e.kind, e.value
    FROM export_wanted AS w
    JOIN findings.member AS m
        ON m.sweep_id = w.sweep_id AND m.cluster_id = w.cluster_id AND m.account_id = w.account_id
    JOIN findings.incidence AS i ON i.sweep_id = m.sweep_id AND i.account_key = m.account_key
    JOIN findings.evidence AS e
        ON e.sweep_id = m.sweep_id AND e.cluster_id = m.cluster_id AND e.value_key = i.value_key
    WHERE e.bits > 0
)
SELECT count(*) AS n
FROM (
    SELECT account_id
    FROM shared AS s
    LEFT JOIN (SELECT DISTINCT kind, value, true AS good FROM value_labels) AS g
        USING (kind, value)
    GROUP BY account_id
    HAVING bool_and(coalesce(g.good, false))
)
