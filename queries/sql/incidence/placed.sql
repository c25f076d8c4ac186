-- Grain: one row per account and IP used. Inputs: used, ip_stratum, kind.
-- Output: account_key, kind_key, stratum.
-- Why: strata are counted over every address, shared or not; only addresses have them.
CREATE OR REPLACE TABLE placed AS
SELECT u.account_key, u.kind_key, s.stratum
FROM used AS u
JOIN kind AS k ON k.kind_key = u.kind_key AND k.kind = 'ip'
JOIN ip_stratum AS s USING (value_hash)
