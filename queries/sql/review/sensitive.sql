-- Grain: one row per target that needs a second reviewer for whom it touches. Inputs:
-- review_target (registered), review_listing, findings.account, findings.incidence, findings.value,
-- facts.account, facts.signal, facts.list; $sweep_id, $classes (list classes), $organisations (lower
-- case), $now. Output: target, why (list of texts).
-- Why: a decision on a listed organisation's people is never one person's alone. Values count as
-- listed in whatever form the list names them, accounts by their own entry, and organisations by
-- attribute, signal or mail domain.
WITH touched AS (
    SELECT target, account_id FROM review_listing
    UNION
    SELECT target, account_id FROM review_target WHERE account_id IS NOT NULL
),
listed_account AS (
    SELECT t.target, l.class AS why
    FROM touched AS t
    JOIN facts.list AS l ON l.kind = 'account' AND l.value = t.account_id
    WHERE list_contains($classes::VARCHAR[], l.class) AND (l.expires IS NULL OR l.expires > $now)
),
listed_value AS (
    SELECT DISTINCT t.target, v.class AS why
    FROM findings.value AS v
    JOIN findings.incidence AS i ON i.value_key = v.value_key AND i.sweep_id = v.sweep_id
    JOIN findings.account AS a ON a.account_key = i.account_key AND a.sweep_id = v.sweep_id
    JOIN touched AS t USING (account_id)
    WHERE v.sweep_id = $sweep_id AND list_contains($classes::VARCHAR[], v.class)
),
named AS (
    SELECT
        account_id,
        unnest(json_extract_string(attributes, ['$.org', '$.organisation', '$.organization', '$.company']))
            AS name
    FROM facts.account
    UNION ALL
    SELECT account_id, value FROM facts.signal WHERE kind IN ('org', 'email_domain')
    UNION ALL
    SELECT account_id, value FROM facts.derived WHERE kind = 'email_domain'
),
organisation AS (
    SELECT t.target, o.name AS why
    FROM touched AS t
    JOIN named AS n USING (account_id)
    JOIN (SELECT unnest($organisations::VARCHAR[]) AS name) AS o
        ON lower(trim(n.name)) = o.name OR ends_with(lower(trim(n.name)), '.' || o.name)
),
together AS (
    SELECT target, 'list ' || why AS why FROM listed_account
    UNION
    SELECT target, 'list ' || why FROM listed_value
    UNION
    SELECT target, 'organisation ' || why FROM organisation
)
SELECT target, list_sort(list(why)) AS why
FROM together
GROUP BY target
