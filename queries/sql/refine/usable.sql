-- Grain: one row per account and shared value that may count. Inputs: incidence, treatment, kind.
-- Output: account_key, value_key, kind_key, k, n.
-- Why: listed and ignored values say nothing; hubs still speak, weakly, through their lift.
CREATE OR REPLACE TABLE usable AS
SELECT i.account_key, i.value_key, i.kind_key, i.k, i.n
FROM incidence AS i
JOIN treatment AS t USING (value_key)
JOIN kind AS k ON k.kind_key = i.kind_key
WHERE t.treatment IN ('used', 'hub') AND k.profile_cap > 0
