-- Grain: one row per member and minute in which it did something, by page, member and minute.
-- Inputs: findings.member, facts.event, facts.prompt, facts.signal; $ids: as for the pages.
-- Output: page, member_row (place in report/members of that page), minute (since 1970, UTC).
-- Why: the timeline; whatever is dated counts, for few platforms hand over every event.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
inside AS (
    SELECT
        p.page, m.account_id,
        row_number() OVER (PARTITION BY p.page ORDER BY m.account_key) - 1 AS member_row
    FROM pages AS p
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
),
dated AS (
    SELECT account_id, "at" FROM facts.event
    UNION ALL
    SELECT account_id, sent_at FROM facts.prompt
    UNION ALL
    SELECT account_id, first_seen FROM facts.signal
    UNION ALL
    SELECT account_id, last_seen FROM facts.signal WHERE last_seen > first_seen
)
SELECT i.page, i.member_row, (epoch_us(d."at") // 60000000)::INTEGER AS minute
FROM inside AS i
JOIN dated AS d ON d.account_id = i.account_id
WHERE d."at" >= $window_start::TIMESTAMP AND d."at" < $window_end::TIMESTAMP
GROUP BY ALL
ORDER BY i.page, i.member_row, minute
