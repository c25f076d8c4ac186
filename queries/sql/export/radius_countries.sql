-- Grain: one row per country that is touched. Input: export_reach. Output: country, accounts.
-- Why: laws and teams differ by country.
SELECT country, count(*) AS accounts
FROM export_reach
WHERE country IS NOT NULL
GROUP BY country
ORDER BY accounts DESC, country
