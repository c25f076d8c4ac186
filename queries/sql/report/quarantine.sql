-- Grain: one row per source, reason and field of rejected rows. Input: quarantine.
-- Output: n rows and one of the things found. Why: data quality at a glance.
SELECT source, reason, field, count(*) AS n, min(found) AS example
FROM quarantine
GROUP BY source, reason, field
ORDER BY n DESC, source, reason, field
LIMIT $most
