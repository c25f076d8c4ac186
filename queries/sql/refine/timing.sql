-- Grain: one row per candidate with activity. Inputs: candidate, activity, cluster_hour.
-- Output: account_key, c, bits (micro-bits, -6..10).
-- Why: does the account act when the cluster acts? (method, section 5)
CREATE OR REPLACE TABLE timing AS
SELECT
    d.account_key, d.c,
    greatest(-6000000, least(10000000, sum(round(
        7e5 * log2((coalesce(h.s, 0) - if(h.s > 0, d.based::INTEGER, 0) + 1) / (coalesce(h.expected, 0) + 1))
    )::BIGINT)))::BIGINT AS bits
FROM candidate AS d
JOIN activity AS a USING (account_key)
LEFT JOIN cluster_hour AS h ON h.c = d.c AND h.hour = a.hour
GROUP BY d.account_key, d.c
