-- Grain: one row per new account and banned account whose values of two families it took up.
-- Inputs: incidence, treatment, kind, value, account, seen, lineage_banned; $most (accounts on a
-- value above which it tells of nobody in particular).
-- Output: lineage_pair (account_key, account_id, predecessor_key, predecessor_id, banned_at,
-- taken_at, n_values, bits, families, shared: the values with bits and first use).
-- Why: new means signed up after the ban (or, unknown, first seen after it), and took up: first used
-- after the ban. One family is a household or a café; two are a hand-over (method, section 6).
CREATE OR REPLACE TABLE lineage_pair AS
WITH telling AS (
    SELECT i.account_key, i.value_key, i.kind_key, i.half, i.first_seen
    FROM incidence AS i
    JOIN treatment AS t USING (value_key)
    WHERE t.treatment = 'used' AND i.k <= $most
),
left_behind AS (
    SELECT t.value_key, t.half, b.account_key, b.account_id, b.banned_at
    FROM telling AS t
    JOIN lineage_banned AS b USING (account_key)
    WHERE b.banned_at IS NOT NULL
),
taken AS (
    SELECT
        t.account_key, l.account_key AS predecessor_key, l.account_id AS predecessor_id,
        l.banned_at, t.value_key, t.kind_key, t.first_seen,
        greatest(0, t.half + l.half) / 1e6 AS bits
    FROM left_behind AS l
    JOIN telling AS t USING (value_key)
    WHERE t.account_key <> l.account_key AND t.first_seen >= l.banned_at
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
