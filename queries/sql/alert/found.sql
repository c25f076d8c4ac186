-- Grain: one row per rule and cluster that it holds for (degraded: one row without a cluster).
-- Inputs: sweeps, clusters, changes, members, facts.list, findings.value, findings.incidence,
-- findings.account, findings.evidence; $sweep_id, $previous (NULL at the first sweep), $rules, $least
-- (place of the least tier), $min_size, $growth (percent), $classes (list classes).
-- Output: rule, cluster_id, other_cluster_id, size, tier, rank, size_before, tier_before, n_joined,
-- n_left, what (list of Coterie's own words and names of kinds and list classes).
-- Why: what changed enough for somebody to look at it today. No account and no value is named.
WITH tier AS (SELECT ['lead', 'linked', 'coordinated', 'confirmed'] AS names),
now AS (
    SELECT cluster_id, size, tier, families, list_position(names, tier) AS rank
    FROM clusters, tier
    WHERE sweep_id = $sweep_id
),
before AS (
    SELECT cluster_id, size, tier, families, list_position(names, tier) AS rank
    FROM clusters, tier
    WHERE sweep_id = $previous
),
change AS (
    SELECT cluster_id, event, other_cluster_id, n_joined, n_left
    FROM changes
    WHERE sweep_id = $sweep_id
),
moved AS (
    SELECT cluster_id, max(n_joined) AS n_joined, max(n_left) AS n_left FROM change GROUP BY cluster_id
),
big AS (SELECT * FROM now WHERE rank >= $least AND size >= $min_size),
confirmed AS (
    SELECT cluster_id FROM now WHERE tier = 'confirmed'
    UNION
    SELECT cluster_id FROM before WHERE tier = 'confirmed'
),
listed AS (
    SELECT m.sweep_id, m.cluster_id, l.class
    FROM members AS m
    JOIN facts.list AS l ON l.kind = 'account' AND l.value = m.account_id
    JOIN sweeps AS s USING (sweep_id)
    WHERE
        (m.sweep_id = $sweep_id OR m.sweep_id = $previous)
        AND list_contains($classes::VARCHAR[], l.class)
        AND (l.expires IS NULL OR l.expires > s.window_end)
    UNION
    SELECT m.sweep_id, m.cluster_id, v.class
    FROM findings.value AS v
    JOIN findings.incidence AS i ON i.value_key = v.value_key AND i.sweep_id = v.sweep_id
    JOIN members AS m ON m.account_key = i.account_key AND m.sweep_id = v.sweep_id
    WHERE
        (v.sweep_id = $sweep_id OR v.sweep_id = $previous)
        AND list_contains($classes::VARCHAR[], v.class)
),
flip AS (
    SELECT
        e.cluster_id, n.kind || ': ' || p.treatment || ' → ' || n.treatment AS said
    FROM findings.evidence AS e
    JOIN findings.value AS p
        ON p.sweep_id = $previous AND p.kind = e.kind AND p.value = e.value
    JOIN findings.value AS n
        ON n.sweep_id = $sweep_id AND n.kind = e.kind AND n.value = e.value
    WHERE
        (e.sweep_id = $sweep_id OR e.sweep_id = $previous)
        AND (p.treatment <> n.treatment)
),
found AS (
    SELECT 'degraded' AS rule, NULL AS cluster_id, NULL AS other_cluster_id, []::VARCHAR[] AS what
    FROM sweeps
    WHERE sweep_id = $sweep_id AND status = 'degraded'
    UNION ALL
    SELECT 'new', cluster_id, NULL, [] FROM big JOIN change USING (cluster_id) WHERE event = 'birth'
    UNION ALL
    SELECT 'tier', b.cluster_id, NULL, [p.tier || ' → ' || b.tier]
    FROM big AS b
    JOIN before AS p USING (cluster_id)
    WHERE b.rank > p.rank
    UNION ALL
    SELECT 'grow', b.cluster_id, NULL, []
    FROM big AS b
    JOIN before AS p USING (cluster_id)
    WHERE b.size > p.size AND 100.0 * (b.size - p.size) >= $growth * p.size
    UNION ALL
    SELECT 'family', b.cluster_id, NULL, list_filter(b.families, lambda f: NOT list_contains(p.families, f))
    FROM big AS b
    JOIN before AS p USING (cluster_id)
    WHERE NOT list_has_all(p.families, b.families)
    UNION ALL
    SELECT DISTINCT 'merge', cluster_id, other_cluster_id, []
    FROM change
    WHERE
        event = 'merge'
        AND (cluster_id IN (FROM confirmed) OR other_cluster_id IN (FROM confirmed))
    UNION ALL
    SELECT event, cluster_id, other_cluster_id, []
    FROM change
    SEMI JOIN big USING (cluster_id)
    WHERE event IN ('resurge', 'replaced')
    UNION ALL
    SELECT 'listed', l.cluster_id, NULL, list_sort(list(l.class))
    FROM listed AS l
    SEMI JOIN big USING (cluster_id)
    WHERE
        l.sweep_id = $sweep_id
        AND NOT EXISTS (
            SELECT 1 FROM listed AS p
            WHERE p.sweep_id = $previous AND p.cluster_id = l.cluster_id AND p.class = l.class
        )
    GROUP BY l.cluster_id
    UNION ALL
    SELECT 'hub', cluster_id, NULL, list_sort(list(DISTINCT said))
    FROM flip
    WHERE cluster_id IN (SELECT cluster_id FROM big) OR cluster_id IN (
        SELECT cluster_id FROM before WHERE rank >= $least AND size >= $min_size
    )
    GROUP BY cluster_id
)
SELECT
    f.rule, f.cluster_id, min(f.other_cluster_id) AS other_cluster_id, any_value(f.what) AS what,
    any_value(coalesce(n.size, p.size)) AS size, any_value(coalesce(n.tier, p.tier)) AS tier,
    any_value(coalesce(n.rank, p.rank, 0)) AS rank, any_value(p.size) AS size_before,
    any_value(p.tier) AS tier_before, any_value(m.n_joined) AS n_joined, any_value(m.n_left) AS n_left
FROM found AS f
LEFT JOIN now AS n USING (cluster_id)
LEFT JOIN before AS p USING (cluster_id)
LEFT JOIN moved AS m USING (cluster_id)
WHERE list_contains($rules::VARCHAR[], f.rule)
GROUP BY f.rule, f.cluster_id
ORDER BY list_position($rules::VARCHAR[], f.rule), rank DESC, size DESC, f.cluster_id
