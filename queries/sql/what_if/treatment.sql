-- Grain: one row per value that stays. Inputs: incidence, past_value, kind.
-- Output: as link/treatment.
-- Why: what a value may do was decided on the whole platform and stays so.
CREATE OR REPLACE TABLE treatment AS
SELECT
    v.value_key, k.kind_key, v.n_accounts AS k, v.treatment, v.class,
    CASE
        WHEN v.treatment IN ('listed', 'ignored') OR k.m = 0 THEN 'none'
        WHEN k.window_us IS NOT NULL THEN 'window'
        WHEN v.n_accounts <= k.cap THEN 'all'
        WHEN v.n_accounts <= k.hub_max AND k.partners > 0 THEN 'partners'
        ELSE 'none'
    END AS expand,
    if(k.min_bits > 0, (1e6 * k.min_bits)::BIGINT, 0) AS floor, v.n_pairs_skipped
FROM past_value AS v
SEMI JOIN incidence AS i ON i.value_key = v.value_key
JOIN kind AS k ON k.kind = v.kind
