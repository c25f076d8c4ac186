-- Grain: one row per kind and stratum. Inputs: used, ip_stratum, kind.
-- Output: stratum_key, kind_key, stratum, e (incidences, floored at 3 % of the kind's).
-- Why: E_s of method section 3; kinds without strata have the one stratum ''.
CREATE OR REPLACE TABLE stratum AS
WITH counted AS (
    SELECT u.kind_key, coalesce(s.stratum, '') AS stratum, count(*) AS e
    FROM used AS u
    JOIN kind AS k USING (kind_key)
    LEFT JOIN ip_stratum AS s ON k.kind = 'ip' AND s.value_hash = u.value_hash
    GROUP BY u.kind_key, coalesce(s.stratum, '')
)
SELECT
    (row_number() OVER (ORDER BY kind_key, stratum) - 1)::INTEGER AS stratum_key, kind_key, stratum,
    greatest(e, .03 * sum(e) OVER (PARTITION BY kind_key)) AS e
FROM counted
