-- Grain: one row per account and shared value. Inputs: incidence, treatment, kind; $sweep_id.
-- Output: as findings.incidence.
-- Why: pairs can be explained exactly: a shared value is worth half + half bits.
CREATE OR REPLACE TABLE finding_incidence AS
SELECT
    $sweep_id AS sweep_id, i.account_key, i.value_key, i.first_seen, i.last_seen, i.n,
    if(t.expand = 'none', NULL, i.half / 1e6) AS half_bits
FROM incidence AS i
JOIN treatment AS t USING (value_key)
