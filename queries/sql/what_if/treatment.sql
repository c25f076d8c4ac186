-- Grain: one row per value that stays. Inputs: value, kind. Output: as link/treatment.
-- Why: what a value may do was decided on the whole platform and stays so.
CREATE OR REPLACE TABLE treatment AS
SELECT
    v.value_key, v.kind_key, v.k, v.treatment, v.class,
    CASE
        WHEN v.treatment IN ('listed', 'ignored') OR k.m = 0 THEN 'none'
        WHEN k.window_us IS NOT NULL THEN 'window'
        WHEN v.k <= k.cap THEN 'all'
        WHEN v.k <= k.hub_max AND k.partners > 0 THEN 'partners'
        ELSE 'none'
    END AS expand,
    if(k.min_bits > 0 AND v.treatment <> 'hub', (1e6 * k.min_bits)::BIGINT, 0) AS floor, v.n_pairs_skipped
FROM value AS v
JOIN kind AS k USING (kind_key)
