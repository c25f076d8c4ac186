-- Grain: at most two prompts per page and prompt family. Inputs: findings.member, prompts.
-- Output: page, family, text. Why: a masked template is easier to judge beside what was sent.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
sent AS (
    SELECT DISTINCT p.page, q.family, q.doc, left(q.text, 2000) AS text
    FROM pages AS p
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
    JOIN prompts AS q ON q.account_id = m.account_id
    WHERE q.family IS NOT NULL AND q.text IS NOT NULL
)
SELECT page, family, text
FROM sent
QUALIFY row_number() OVER (PARTITION BY page, family ORDER BY doc) <= 2
ORDER BY page, family, doc
