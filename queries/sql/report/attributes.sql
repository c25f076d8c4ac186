-- Grain: one row per cluster with a page, attribute and text that two or more members have, the three
-- commonest of each. Inputs: findings.member, findings.account, facts.account; about 50,000
-- accounts stand for all. Output: page, name, text, n members, n_known members that have the attribute,
-- share of the members and of all accounts that know the attribute.
-- Why: plan, country, organisation or verification speak for or against an innocent explanation, and
-- mean nothing without what is usual.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
inside AS (
    SELECT p.page, m.account_id
    FROM pages AS p
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
),
sample AS (
    SELECT account_id
    FROM findings.account
    WHERE
        sweep_id = $sweep_id
        AND account_key % (
            SELECT greatest(1, max(account_key) // 50000)
            FROM findings.account
            WHERE sweep_id = $sweep_id
        ) = 0
),
described AS (
    SELECT account_id, max(attributes) AS attributes
    FROM facts.account
    WHERE
        account_id IN (SELECT i.account_id FROM inside AS i)
        OR account_id IN (SELECT s.account_id FROM sample AS s)
    GROUP BY account_id
),
entries AS (
    SELECT account_id, unnest(map_entries(attributes::JSON::MAP(VARCHAR, JSON))) AS entry
    FROM described
    WHERE attributes IS NOT NULL
),
texts AS (
    SELECT account_id, entry.key AS name, left(json_extract_string(entry.value, '$'), 200) AS text
    FROM entries
    WHERE json_type(entry.value) IN ('VARCHAR', 'BOOLEAN')
),
known AS (
    SELECT i.page, t.name, count(*) AS n_known
    FROM inside AS i
    JOIN texts AS t USING (account_id)
    WHERE t.text IS NOT NULL
    GROUP BY i.page, t.name
),
had AS (
    SELECT i.page, t.name, t.text, count(*) AS n
    FROM inside AS i
    JOIN texts AS t USING (account_id)
    WHERE t.text IS NOT NULL
    GROUP BY i.page, t.name, t.text
    HAVING count(*) >= 2
    QUALIFY row_number() OVER (PARTITION BY i.page, t.name ORDER BY n DESC, t.text) <= 3
),
usual_known AS (
    SELECT t.name, count(*) AS n_known
    FROM sample AS s
    JOIN texts AS t USING (account_id)
    WHERE t.text IS NOT NULL
    GROUP BY t.name
),
usual AS (
    SELECT t.name, t.text, count(*) AS n
    FROM sample AS s
    JOIN texts AS t USING (account_id)
    WHERE t.text IS NOT NULL
    GROUP BY t.name, t.text
)
SELECT
    h.page, h.name, h.text, h.n, k.n_known, h.n / k.n_known AS share,
    coalesce(u.n, 0) / w.n_known AS usual
FROM had AS h
JOIN known AS k ON k.page = h.page AND k.name = h.name
LEFT JOIN usual_known AS w ON w.name = h.name
LEFT JOIN usual AS u ON u.name = h.name AND u.text = h.text
ORDER BY h.page, h.name, h.n DESC, h.text
