-- Grain: one row per cluster and kind. Inputs: member_bits, base, kind, value_in.
-- Output: c, kind, family, strong, mean, mean_less (bits a member), support, support_less (share
-- of members with 3 bits or more), top_share (members on the commonest value), hub (share of the
-- bits that go with it), exclusive (share of the values' accounts that are members), n_values.
-- Why: the features of the judgement by kind (method, section 6).
WITH size AS (SELECT c, count(*) AS n FROM base GROUP BY c),
values_of AS (
    SELECT
        c, kind_key, max(n_in) AS top_n, count(*) AS n_values, sum(n_in) / sum(k) AS exclusive
    FROM value_in
    WHERE bits >= 1
    GROUP BY c, kind_key
)
SELECT
    m.c, k.kind, k.family, k.strong, k.family_key,
    sum(m.bits)::BIGINT / (1e6 * any_value(s.n)) AS mean,
    sum(m.bits_less)::BIGINT / (1e6 * any_value(s.n)) AS mean_less,
    count(*) FILTER (WHERE m.bits >= 3000000) / any_value(s.n) AS support,
    count(*) FILTER (WHERE m.bits_less >= 3000000) / any_value(s.n) AS support_less,
    coalesce(any_value(v.top_n), 0) / any_value(s.n) AS top_share,
    1 - sum(m.bits_less)::BIGINT / greatest(sum(m.bits)::BIGINT, 1) AS hub,
    coalesce(any_value(v.exclusive), 0) AS exclusive,
    coalesce(any_value(v.n_values), 0) AS n_values
FROM member_bits AS m
JOIN size AS s USING (c)
JOIN kind AS k ON k.kind_key = m.kind_key
LEFT JOIN values_of AS v ON v.c = m.c AND v.kind_key = m.kind_key
GROUP BY m.c, m.kind_key, k.kind, k.family, k.strong, k.family_key
ORDER BY m.c, k.kind
