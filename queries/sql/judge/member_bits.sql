-- Grain: one row per member and kind. Inputs: base, usable, profile, value_in, kind.
-- Output: account_key, c, kind_key, bits, bits_less (both micro-bits; less: without the cluster's
-- commonest value of the kind), n_values.
-- Why: a value that says nothing must not stand in for the one that the cluster rests on:
-- one NAT, one company card or one viral prompt then counts nothing (method, section 6).
CREATE OR REPLACE TABLE member_bits AS
WITH top AS (
    SELECT c, kind_key, arg_max(value_key, (n_in, -value_key)) AS value_key
    FROM value_in
    WHERE bits >= 1
    GROUP BY c, kind_key
),
-- Materialised: clusters have far more profile values than accounts have values.
held AS MATERIALIZED (
    SELECT b.account_key, b.c, u.value_key, u.d
    FROM base AS b
    JOIN usable AS u USING (account_key)
),
terms AS (
    SELECT
        h.account_key, h.c, p.kind_key, p.value_key, p.a - 1 AS a, p.mass - h.d AS mass, p.k, p.e
    FROM held AS h
    JOIN profile AS p ON p.c = h.c AND p.value_key = h.value_key
),
lifted AS (
    SELECT
        account_key, c, kind_key, value_key,
        round(1e6 * if(a = 1, .5, 1) * log2((a / mass) / ((k - a + 1) / (e - mass + 1))))::BIGINT AS bits
    FROM terms
    WHERE a > 0 AND mass > 0
)
SELECT
    f.account_key, f.c, f.kind_key,
    least((1e6 * any_value(k.profile_cap))::BIGINT, sum(f.bits))::BIGINT AS bits,
    least(
        (1e6 * any_value(k.profile_cap))::BIGINT,
        coalesce(sum(f.bits) FILTER (WHERE f.value_key <> t.value_key), 0)
    )::BIGINT AS bits_less,
    count(*)::INTEGER AS n_values
FROM lifted AS f
JOIN kind AS k USING (kind_key)
LEFT JOIN top AS t ON t.c = f.c AND t.kind_key = f.kind_key
WHERE f.bits >= 1000000
GROUP BY f.account_key, f.c, f.kind_key
