-- Grain: one row per account that is asked again and shared value. Inputs: held, value, dropped;
-- $all (with what is left out). Output: as incidence/incidence.
-- Why: the evidence of what stays, exactly as the sweep weighed it.
CREATE OR REPLACE TABLE incidence AS
SELECT
    h.account_key, h.value_key, v.kind_key, v.k,
    coalesce(round(1e6 * h.half_bits), -1e9)::BIGINT AS half, h.n
FROM held AS h
JOIN value AS v USING (value_key)
LEFT JOIN dropped AS d ON d.room = 'account' AND d.key = h.account_key
WHERE $all OR (d.key IS NULL AND NOT v.gone)
