-- Grain: one row per new account and banned account whose values of two families it took up.
-- Inputs: incidence, treatment, kind, value, account, seen, lineage_banned; $most (accounts on a
-- value above which it tells of nobody in particular).
-- Output: lineage_pair (account_key, account_id, predecessor_key, predecessor_id, banned_at,
-- taken_at, n_values, bits, families, shared: the values with bits and first use).
-- Why: new means signed up after the ban (or, unknown, first seen after it), and took up: first used
-- after the ban. One family is a household or a café; two are a hand-over (method, section 6).
CREATE OR REPLACE TABLE lineage_pair AS
-- The banned accounts' values first: few, and treatment and k are the value's.
WITH left_behind AS (
    SELECT i.value_key, i.half, b.account_key, b.account_id, b.banned_at
    FROM incidence AS i
    JOIN lineage_banned AS b USING (account_key)
    JOIN treatment AS t USING (value_key)
    WHERE b.banned_at IS NOT NULL AND t.treatment = 'used' AND i.k <= $most
),
taken AS (
    SELECT
        i.account_key, l.account_key AS predecessor_key, l.account_id AS predecessor_id,
        l.banned_at, i.value_key, i.kind_key, i.first_seen,
        greatest(0, i.half + l.half) / 1e6 AS bits
    FROM left_behind AS l
    JOIN incidence AS i USING (value_key)
    WHERE i.account_key <> l.account_key AND i.first_seen >= l.banned_at
)
SELECT
    p.account_key, a.account_id, p.predecessor_key, p.predecessor_id, any_value(p.banned_at) AS banned_at,
    min(p.first_seen) AS taken_at, count(*)::INTEGER AS n_values, round(sum(p.bits), 3) AS bits,
    list_sort(list(DISTINCT k.family)) AS families,
    list(
        {'kind': k.kind, 'value': v.value, 'bits': round(p.bits, 3), 'first_seen': p.first_seen}
        ORDER BY p.bits DESC, k.kind, v.value
    ) AS shared
FROM taken AS p
JOIN account AS a USING (account_key)
JOIN seen AS s USING (account_key)
JOIN kind AS k USING (kind_key)
JOIN value AS v USING (value_key)
WHERE coalesce(a.created_at, s.first_seen) >= p.banned_at
GROUP BY p.account_key, a.account_id, p.predecessor_key, p.predecessor_id
HAVING count(DISTINCT k.family) >= 2 AND sum(p.bits) >= 6
