-- Grain: one row per account and shared value that may count. Inputs: incidence, treatment, kind,
-- load.
-- Output: account_key, value_key, kind_key, k, n, d (distinct values of the account in the kind).
-- Why: listed and ignored values say nothing; hubs still speak, weakly, through their lift. How much
-- an account holds is asked with each of its values, so it stands beside them.
CREATE OR REPLACE TABLE usable AS
SELECT i.account_key, i.value_key, i.kind_key, i.k, i.n, l.d
FROM incidence AS i
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = i.kind_key
JOIN load AS l ON l.account_key = i.account_key AND l.kind_key = i.kind_key
WHERE t.treatment IN ('used', 'hub') AND k.profile_cap > 0
