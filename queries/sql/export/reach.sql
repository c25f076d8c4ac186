-- Grain: one row per account that an export newly acts on. Inputs: export_rows, facts.account,
-- facts.signal. Output: export_reach (account_id, action, status, organisation, plan, country, paid).
-- Why: what the people behind the accounts lose, before it is done.
CREATE OR REPLACE TEMP TABLE export_reach AS
WITH told AS (
    SELECT
        account_id, max(status) AS status,
        max(coalesce(
            nullif(json_extract_string(attributes, '$.org'), ''),
            nullif(json_extract_string(attributes, '$.organisation'), ''),
            nullif(json_extract_string(attributes, '$.organization'), ''),
            nullif(json_extract_string(attributes, '$.company'), '')
        )) AS organisation,
        max(json_extract_string(attributes, '$.plan')) AS plan,
        max(json_extract_string(attributes, '$.country')) AS country
    FROM facts.account
    GROUP BY account_id
),
signalled AS (
    SELECT account_id, min(value) AS organisation
    FROM facts.signal
    WHERE kind = 'org'
    GROUP BY account_id
)
SELECT
    r.account_id, r.action, coalesce(t.status, 'active') AS status,
    coalesce(t.organisation, s.organisation) AS organisation, t.plan, t.country,
    coalesce(lower(trim(t.plan)) NOT IN ('', 'free', 'trial', 'none'), false) AS paid
FROM export_rows AS r
LEFT JOIN told AS t USING (account_id)
LEFT JOIN signalled AS s USING (account_id)
WHERE r.state = 'new' AND r.rollback_of IS NULL
