-- Grain: one row per organisation that is touched. Inputs: export_reach, facts.account, facts.signal.
-- Output: organisation, accounts (acted on), seats (accounts that it has in all).
-- Why: three seats of three thousand are one thing, three of four another.
WITH seats AS (
    SELECT
        account_id,
        coalesce(
            nullif(json_extract_string(attributes, '$.org'), ''),
            nullif(json_extract_string(attributes, '$.organisation'), ''),
            nullif(json_extract_string(attributes, '$.organization'), ''),
            nullif(json_extract_string(attributes, '$.company'), '')
        ) AS organisation
    FROM facts.account
    UNION
    SELECT account_id, value FROM facts.signal WHERE kind = 'org'
),
sizes AS (
    SELECT organisation, count(DISTINCT account_id) AS seats
    FROM seats
    WHERE organisation IS NOT NULL
    GROUP BY organisation
)
SELECT r.organisation, count(*) AS accounts, coalesce(any_value(s.seats), count(*)) AS seats
FROM export_reach AS r
LEFT JOIN sizes AS s USING (organisation)
WHERE r.organisation IS NOT NULL
GROUP BY r.organisation
ORDER BY accounts DESC, organisation
