-- Grain: one row per account, kind and stratum with at least two values. Inputs: placed, load,
-- kind. Output: account_key, kind_key, stratum, d.
-- Why: d_is of method section 3. One value is the usual case and needs no row.
CREATE OR REPLACE TABLE degree AS
SELECT account_key, kind_key, stratum, count(*) AS d
FROM placed
GROUP BY account_key, kind_key, stratum
HAVING count(*) >= 2
UNION ALL
SELECT l.account_key, l.kind_key, '', l.d
FROM load AS l
JOIN kind AS k ON k.kind_key = l.kind_key AND k.kind <> 'ip'
WHERE l.d >= 2
