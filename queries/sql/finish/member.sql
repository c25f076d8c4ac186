-- Grain: one row per member. Inputs: membership, kind_bits, kind, account, cluster_name, link,
-- stability; $sweep_id, $families. Output: as findings.member.
-- Why: role and reason of each account, in words (method, section 5). The parts that the words name,
-- the prior among them, add up to the bits.
CREATE OR REPLACE TABLE finding_member AS
WITH parts AS (
    SELECT
        m.account_key, m.c, k.kind, k.family_key, x.bits, x.n_values
    FROM membership AS m
    JOIN kind_bits AS x ON x.account_key = m.account_key AND x.c = m.c
    JOIN kind AS k ON k.kind_key = x.kind_key
),
words AS (
    SELECT
        account_key,
        string_agg(
            format('{:d} {} ({:.1f} bits)', n_values, kind, bits / 1e6), ', ' ORDER BY bits DESC, kind
        ) AS said,
        bit_or(1 << family_key)::INTEGER AS families
    FROM parts
    GROUP BY account_key
),
degree AS (
    SELECT account_key, count(*)::INTEGER AS n_links
    FROM (
        SELECT l.src_key, l.dst_key, unnest([l.src_key, l.dst_key]) AS account_key
        FROM link AS l
        JOIN membership AS a ON a.account_key = l.src_key
        JOIN membership AS b ON b.account_key = l.dst_key AND b.c = a.c
    )
    GROUP BY account_key
)
SELECT
    $sweep_id AS sweep_id, n.cluster_id, m.account_key, a.account_id,
    CASE
        WHEN m.core THEN 'core'
        WHEN m.n_other = 0 OR m.n_values <= 1 OR m.n_kinds <= 1 THEN 'fringe'
        ELSE 'member'
    END AS role,
    round(1 / (1 + pow(2, -least(60, m.bits / 1e6))), 6) AS score,
    coalesce(d.n_links, 0) AS n_links,
    list_sort(list_concat(
        list_filter(
            $families::VARCHAR[],
            lambda name, place: (coalesce(w.families, 0) >> (place - 1)::INTEGER) & 1 = 1
        ),
        if(m.timing >= 3000000, ['timing'], [])
    )) AS families,
    concat_ws(
        ', ', coalesce(w.said, 'nothing shared beyond chance'),
        if(m.timing >= 50000, format('acts in the cluster''s hours ({:.1f} bits)', m.timing / 1e6), NULL),
        if(m.timing <= -50000, format('acts in other hours ({:.1f} bits)', m.timing / 1e6), NULL),
        if(m.rate <= -50000, format(
            '{} other things ({:.1f} bits)', if(m.rate <= -1000000, 'mostly asks', 'also asks'), m.rate / 1e6
        ), NULL),
        format('prior ({:.1f} bits)', m.prior / 1e6)
    ) AS why,
    m.bits / 1e6 AS bits, round(coalesce(x.stability, 0), 6) AS stability
FROM membership AS m
JOIN cluster_name AS n USING (c)
JOIN account AS a USING (account_key)
LEFT JOIN words AS w USING (account_key)
LEFT JOIN degree AS d USING (account_key)
LEFT JOIN stability AS x USING (account_key)
