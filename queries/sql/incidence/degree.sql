-- Grain: one row per account, kind and stratum with at least two values. Inputs: used, ip_stratum,
-- kind. Output: account_key, kind_key, stratum, d.
-- Why: d_is of method section 3: who uses many values shares some by chance. One value is the
-- usual case and needs no row.
CREATE OR REPLACE TABLE degree AS
SELECT u.account_key, u.kind_key, coalesce(s.stratum, '') AS stratum, count(*) AS d
FROM used AS u
JOIN kind AS k USING (kind_key)
LEFT JOIN ip_stratum AS s ON k.kind = 'ip' AND s.value_hash = u.value_hash
GROUP BY u.account_key, u.kind_key, coalesce(s.stratum, '')
HAVING count(*) >= 2
