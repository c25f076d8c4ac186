-- Grain: rows changed in treatment: values that form sampled pairs only. Input: incidence.
-- Why: a ring closes over those who stand in it, not over those who were taken away.
UPDATE treatment AS t
SET k = n.n
FROM (SELECT value_key, count(*) AS n FROM incidence GROUP BY value_key) AS n
WHERE n.value_key = t.value_key AND t.expand = 'partners'
