-- Grain: one row per page, prompt family and other family whose template is like its own, the $most
-- nearest. Inputs: findings.evidence, findings.value, clusters; $ids: clusters with a page, in order;
-- $sweep_id; $most_families: families a page, as the page shows them; $least: least similarity;
-- $most_common: families that a pair of words may be in and still lead to a comparison.
-- Output: page, family, other, display (the other's template), similarity (Jaccard of pairs of
-- neighbouring words), n_all (accounts that use the other), n_in (members of the page's cluster).
-- Why: one operator's templates are often edits of one another; shown together they tell that.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
families AS (
    SELECT p.page, e.value_key
    FROM pages AS p
    JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id
    WHERE e.kind = 'prompt'
    QUALIFY row_number() OVER (
        PARTITION BY p.page ORDER BY e.n_in DESC, e.value
    ) <= $most_families
),
templates AS (
    SELECT
        value_key, value, display, n_accounts,
        string_split(regexp_replace(lower(display), '\s+', ' ', 'g'), ' ') AS words
    FROM findings.value
    WHERE sweep_id = $sweep_id AND kind = 'prompt'
),
pairs AS (
    SELECT
        value_key, value, display, n_accounts,
        list_distinct(list_transform(
            range(1, len(words)), lambda place: words[place] || ' ' || words[place + 1]
        )) AS grams
    FROM templates
    WHERE len(words) > 2
),
grams AS (SELECT value_key, unnest(grams) AS gram FROM pairs),
rare AS (
    SELECT value_key, gram
    FROM grams
    QUALIFY count(*) OVER (PARTITION BY gram) BETWEEN 2 AND $most_common
),
wanted AS (SELECT DISTINCT value_key FROM families),
met AS (
    SELECT a.value_key, b.value_key AS other_key
    FROM wanted
    JOIN rare AS a USING (value_key)
    JOIN rare AS b ON b.gram = a.gram AND b.value_key <> a.value_key
    GROUP BY a.value_key, b.value_key
    QUALIFY row_number() OVER (
        PARTITION BY a.value_key ORDER BY count(*) DESC, b.value_key
    ) <= 20
),
near AS (
    SELECT
        m.value_key, m.other_key, a.value AS family, b.value AS other, b.display,
        b.n_accounts AS n_all,
        len(list_intersect(a.grams, b.grams))
        / len(list_distinct(list_concat(a.grams, b.grams))) AS similarity
    FROM met AS m
    JOIN pairs AS a ON a.value_key = m.value_key
    JOIN pairs AS b ON b.value_key = m.other_key
)
SELECT
    f.page, n.family, n.other, n.display, n.similarity::DOUBLE AS similarity, n.n_all,
    coalesce(e.n_in, 0) AS n_in
FROM families AS f
JOIN near AS n USING (value_key)
JOIN pages AS p USING (page)
LEFT JOIN findings.evidence AS e
    ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id AND e.value_key = n.other_key
WHERE n.similarity >= $least
QUALIFY row_number() OVER (
    PARTITION BY f.page, n.family ORDER BY n.similarity DESC, n.other
) <= $most
ORDER BY f.page, n.family, n.similarity DESC, n.other
