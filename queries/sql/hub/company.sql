-- Grain: one row per value above its kind's cap. Inputs: value, kind, incidence.
-- Output: value_key, together (mean over its accounts of whether they share the value's commonest
-- payment, device, client or prompt value), top_kind, top_share.
-- Why: accounts that also agree on a second value are one crowd; a public address is not.
CREATE OR REPLACE TABLE company AS
WITH large AS (
    SELECT value_key, v.k FROM value AS v JOIN kind USING (kind_key) WHERE v.k > cap
),
others AS (
    SELECT
        l.value_key, any_value(l.k) AS k, o.kind_key, o.value_key AS other,
        any_value(o.k) AS k_other, count(*) AS n
    FROM large AS l
    JOIN incidence AS i USING (value_key)
    JOIN incidence AS o ON o.account_key = i.account_key AND o.value_key <> l.value_key
    JOIN kind AS x ON x.kind_key = o.kind_key
    WHERE x.family IN ('payment', 'device', 'prompt')
    GROUP BY l.value_key, o.kind_key, o.value_key
    HAVING count(*) >= 3
)
SELECT
    value_key, max(n / k) AS top_share, arg_max(kind_key, (n / k, -other)) AS top_kind_key,
    sum(CASE WHEN n >= .5 * k_other THEN n ELSE 0 END) / any_value(k) AS together
FROM others
GROUP BY value_key
