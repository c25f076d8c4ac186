-- Grain: one row per account and value whose pairs are all formed. Inputs: incidence, treatment.
-- Output: account_key, value_key, kind_key, half, floor (micro-bits).
-- Why: values up to the cap of their kind; hubs and listed values are never expanded.
CREATE OR REPLACE TABLE expandable AS
SELECT i.account_key, i.value_key, i.kind_key, i.half, t.floor
FROM incidence AS i
JOIN treatment AS t USING (value_key)
WHERE t.expand = 'all'
