-- Grain: one row per cluster with a page and numeric attribute that two or more members have.
-- Inputs: findings.member, facts.account. Output: page, name, n members, least, middle and most.
-- Why: spend and other amounts speak for or against an innocent explanation.
WITH pages AS (
    SELECT
        unnest($ids::VARCHAR[]) AS cluster_id,
        generate_subscripts($ids::VARCHAR[], 1) AS page
),
described AS (
    SELECT p.page, m.account_id, max(a.attributes) AS attributes
    FROM pages AS p
    JOIN findings.member AS m ON m.sweep_id = $sweep_id AND m.cluster_id = p.cluster_id
    JOIN facts.account AS a ON a.account_id = m.account_id
    GROUP BY p.page, m.account_id
),
entries AS (
    SELECT page, unnest(map_entries(attributes::JSON::MAP(VARCHAR, JSON))) AS entry
    FROM described
    WHERE attributes IS NOT NULL
),
amounts AS (
    SELECT page, entry.key AS name, try_cast(entry.value::VARCHAR AS DOUBLE) AS amount
    FROM entries
    WHERE json_type(entry.value) IN ('BIGINT', 'UBIGINT', 'DOUBLE')
)
SELECT
    page, name, count(*) AS n, min(amount) AS least, median(amount) AS middle, max(amount) AS most
FROM amounts
WHERE isfinite(amount)
GROUP BY page, name
HAVING count(*) >= 2
ORDER BY page, name
