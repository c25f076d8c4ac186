-- Grain: one row per kind and stratum. Inputs: placed, total, kind.
-- Output: kind_key, stratum, e (incidences, floored at 3 % of the kind's).
-- Why: E_s of method section 3; kinds without strata have the one stratum ''.
CREATE OR REPLACE TABLE stratum AS
SELECT p.kind_key, p.stratum, greatest(count(*), .03 * any_value(t.e)) AS e
FROM placed AS p
JOIN total AS t USING (kind_key)
GROUP BY p.kind_key, p.stratum
UNION ALL
SELECT kind_key, '', e FROM total
