-- Grain: one row per candidate and kind. Inputs: candidate, usable, profile, kind.
-- Output: account_key, c, kind_key, bits (micro-bits), n_values, n (uses of profile values),
-- company (most other members on one of the values).
-- Why: naive Bayes over value profiles, the account left out of its own cluster's counts (method,
-- section 5). A value that only one other member has counts half: it ties to that member, who may
-- simply live with the account. Integer micro-bits add up the same in any order.
CREATE OR REPLACE TABLE kind_bits AS
-- Materialised: clusters have far more profile values than accounts have values.
WITH held AS MATERIALIZED (
    SELECT d.account_key, d.c, d.based, u.value_key, u.n, u.d
    FROM candidate AS d
    JOIN usable AS u USING (account_key)
),
terms AS (
    SELECT
        h.account_key, h.c, p.kind_key, h.n,
        p.a - h.based::INTEGER AS a,
        p.mass - if(h.based, h.d, 0) AS mass, p.k, p.e
    FROM held AS h
    JOIN profile AS p ON p.c = h.c AND p.value_key = h.value_key
),
lifted AS (
    SELECT
        account_key, c, kind_key, n, a,
        if(
            a > 0 AND mass > 0,
            if(a = 1, .5, 1) * log2((a / mass) / ((k - a + 1) / (e - mass + 1))), 0
        ) AS bits
    FROM terms
)
SELECT
    f.account_key, f.c, f.kind_key,
    least(
        (1e6 * any_value(k.profile_cap))::BIGINT, sum(round(1e6 * f.bits)::BIGINT)
    )::BIGINT AS bits,
    count(*)::INTEGER AS n_values, sum(f.n)::BIGINT AS n, max(f.a)::INTEGER AS company
FROM lifted AS f
JOIN kind AS k USING (kind_key)
WHERE f.bits >= 1
GROUP BY f.account_key, f.c, f.kind_key
