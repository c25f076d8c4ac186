-- Grain: one row per reason. Input: export_candidate. Output: held, n.
-- Why: who was decided on and is not handed over, and why.
SELECT held, count(*) AS n
FROM export_candidate
WHERE held IS NOT NULL
GROUP BY held
ORDER BY n DESC, held
