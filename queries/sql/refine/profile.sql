-- Grain: one row per cluster and value that is at least twice as common inside as outside.
-- Inputs: base, usable, mass, total. Output: c, value_key, kind_key, a (members), k (accounts),
-- mass, e.
-- Why: the values that describe the cluster (method, section 5).
CREATE OR REPLACE TABLE profile AS
WITH inside AS (
    SELECT b.c, u.value_key, any_value(u.kind_key) AS kind_key, any_value(u.k) AS k, count(*) AS a
    FROM base AS b
    JOIN usable AS u USING (account_key)
    GROUP BY b.c, u.value_key
)
SELECT i.c, i.value_key, i.kind_key, i.a, i.k, m.mass, t.e
FROM inside AS i
JOIN mass AS m ON m.c = i.c AND m.kind_key = i.kind_key
JOIN total AS t ON t.kind_key = i.kind_key
WHERE i.a / m.mass >= 2 * (i.k - i.a + 1) / (t.e - m.mass + 1)
