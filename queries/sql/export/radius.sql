-- Grain: one row. Input: export_reach. Output: accounts, active, paid, organisations, countries.
-- Why: the blast radius in numbers.
SELECT
    count(*) AS accounts, count(*) FILTER (WHERE status = 'active') AS active,
    count(*) FILTER (WHERE paid) AS paid, count(DISTINCT organisation) AS organisations,
    count(DISTINCT country) AS countries
FROM export_reach
