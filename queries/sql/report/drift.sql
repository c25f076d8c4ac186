-- Grain: one row per page, prompt family and week, the newest $most weeks of each.
-- Inputs: findings.evidence, findings.member, prompts; $ids: clusters with a page, in order;
-- $sweep_id, $window_start, $window_end; $most_families: families a page, as the page shows them;
-- $sample: prompts of a week that its template is taken from.
-- Output: page, family, week (Monday, UTC), n_prompts, n_accounts, n_new (members who use it for the
-- first time), n_texts, n_new_texts, n_weeks (of the family in all), template (the text
-- with most of the words that a majority of the week's prompts has, its other words as □), came and went (words of that majority
-- against the week before); the three are NULL where texts are not kept or one prompt is all there is.
-- Why: a template that is edited a little each week stays one family; here its edits show.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
families AS (
    SELECT p.page, p.cluster_id, e.value AS family
    FROM pages AS p
    JOIN findings.evidence AS e ON e.sweep_id = $sweep_id AND e.cluster_id = p.cluster_id
    WHERE e.kind = 'prompt'
    QUALIFY row_number() OVER (
        PARTITION BY p.page ORDER BY e.n_in DESC, e.value
    ) <= $most_families
),
sent AS (
    SELECT
        f.page, f.family, date_trunc('week', q.sent_at) AS week, q.account_id, q.doc,
        sum(q.n)::BIGINT AS n
    FROM families AS f
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = f.cluster_id
    JOIN facts.prompt AS q ON q.account_id = m.account_id
    JOIN facts.family AS g ON g.doc = q.doc AND g.family = f.family
    WHERE q.sent_at >= $window_start AND q.sent_at <= $window_end
    GROUP BY f.page, f.family, week, q.account_id, q.doc
),
firsts AS (
    SELECT
        *,
        min(week) OVER (PARTITION BY page, family, account_id) AS first_of_account,
        min(week) OVER (PARTITION BY page, family, doc) AS first_of_doc
    FROM sent
),
counted AS (
    SELECT
        page, family, week, sum(n)::BIGINT AS n_prompts,
        count(DISTINCT account_id) AS n_accounts,
        count(DISTINCT account_id) FILTER (first_of_account = week) AS n_new,
        count(DISTINCT doc) AS n_texts,
        count(DISTINCT doc) FILTER (first_of_doc = week) AS n_new_texts,
        count(*) OVER (PARTITION BY page, family) AS n_weeks
    FROM firsts
    GROUP BY page, family, week
    QUALIFY row_number() OVER (PARTITION BY page, family ORDER BY week DESC) <= $most
),
chosen AS (
    SELECT s.page, s.family, s.week, s.doc
    FROM sent AS s
    JOIN counted AS c USING (page, family, week)
    WHERE c.n_weeks > 1
    QUALIFY row_number() OVER (
        PARTITION BY s.page, s.family, s.week ORDER BY s.doc, s.account_id
    ) <= $sample
),
-- Of the texts of a whole platform only those that are looked at.
norms AS (
    SELECT doc, min(norm) AS norm
    FROM facts.doc
    WHERE doc IN (SELECT doc FROM chosen)
    GROUP BY doc
),
sampled AS (
    SELECT c.page, c.family, c.week, n.norm
    FROM chosen AS c
    JOIN norms AS n USING (doc)
    WHERE n.norm IS NOT NULL
),
sizes AS (
    SELECT page, family, week, count(*) AS n_sampled
    FROM sampled
    GROUP BY page, family, week
    HAVING count(*) > 1
),
worded AS (
    SELECT page, family, week, unnest(list_distinct(string_split(left(norm, 2000), ' '))) AS word
    FROM sampled
),
skeletons AS (
    SELECT s.page, s.family, s.week, list(w.word) AS words
    FROM sizes AS s
    JOIN (
        SELECT page, family, week, word, count(*) AS n FROM worded GROUP BY page, family, week, word
    ) AS w USING (page, family, week)
    WHERE 2 * w.n > s.n_sampled
    GROUP BY s.page, s.family, s.week
),
best AS (
    SELECT k.page, k.family, k.week, s.norm
    FROM skeletons AS k
    JOIN sampled AS s USING (page, family, week)
    QUALIFY row_number() OVER (
        PARTITION BY k.page, k.family, k.week
        ORDER BY
            len(list_intersect(string_split(left(s.norm, 2000), ' '), k.words)) DESC,
            len(s.norm), s.norm
    ) = 1
),
beside AS (
    SELECT *, lag(words) OVER (PARTITION BY page, family ORDER BY week) AS before
    FROM skeletons
)
SELECT
    c.page, c.family, c.week, c.n_prompts, c.n_accounts, c.n_new, c.n_texts, c.n_new_texts,
    c.n_weeks,
    regexp_replace(
        array_to_string(list_transform(
            string_split(left(t.norm, 2000), ' '),
            lambda word: CASE WHEN list_contains(b.words, word) THEN word ELSE '□' END
        ), ' '),
        '□( □)+', '□', 'g'
    ) AS template,
    CASE WHEN b.before IS NOT NULL
        THEN list_sort(list_filter(b.words, lambda word: NOT list_contains(b.before, word)))
    END AS came,
    list_sort(list_filter(b.before, lambda word: NOT list_contains(b.words, word))) AS went
FROM counted AS c
LEFT JOIN beside AS b USING (page, family, week)
LEFT JOIN best AS t USING (page, family, week)
WHERE c.n_weeks > 1
ORDER BY c.page, c.family, c.week
