-- Grain: one row per cluster and shared value with two or more members on it. Inputs: base,
-- incidence, treatment, mass, total.
-- Output: c, value_key, kind_key, n_in, k, bits (log2 lift, 0 when the value may not count).
-- Why: what the members share and how many others have it too.
CREATE OR REPLACE TABLE value_in AS
WITH inside AS (
    SELECT
        b.c, i.value_key, any_value(i.kind_key) AS kind_key, any_value(i.k) AS k, count(*) AS n_in
    FROM base AS b
    JOIN incidence AS i USING (account_key)
    GROUP BY b.c, i.value_key
    HAVING count(*) >= 2
)
SELECT
    i.c, i.value_key, i.kind_key, i.n_in::INTEGER AS n_in, i.k,
    CASE
        WHEN t.treatment IN ('used', 'hub') THEN greatest(0, round(
            log2((i.n_in / m.mass) / ((i.k - i.n_in + 1) / (x.e - m.mass + 1))), 3
        ))
        ELSE 0
    END AS bits
FROM inside AS i
JOIN treatment AS t USING (value_key)
JOIN mass AS m ON m.c = i.c AND m.kind_key = i.kind_key
JOIN total AS x ON x.kind_key = i.kind_key
