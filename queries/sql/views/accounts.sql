-- Grain: one row per account, also of accounts that only other tables name.
-- Inputs: facts.account, facts.signal, facts.prompt, facts.event. Contract, section 3.
-- Why: the newest word on an account wins; activity tells when it was first and last seen.
CREATE OR REPLACE VIEW accounts AS
WITH described AS (
    SELECT
        account_id, min(created_at) AS created_at,
        coalesce(
            max(status) FILTER (WHERE status = 'banned'),
            max(status) FILTER (WHERE status = 'suspended'), max(status)
        ) AS status,
        max(banned_at) AS banned_at, max(attributes) AS attributes
    FROM facts.account
    GROUP BY account_id
),
seen AS (
    SELECT account_id, first_seen, last_seen, 1 AS n FROM facts.signal
    UNION ALL
    SELECT account_id, sent_at, sent_at, 1 FROM facts.prompt
    UNION ALL
    SELECT account_id, "at", "at", 0 FROM facts.event
),
active AS (
    SELECT
        account_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
        sum(n)::BIGINT AS n_signals
    FROM seen
    GROUP BY account_id
)
SELECT
    account_id, d.created_at, coalesce(d.status, 'active') AS status, d.banned_at,
    a.first_seen, a.last_seen, coalesce(a.n_signals, 0) AS n_signals,
    coalesce(d.attributes, '{}')::JSON AS attributes
FROM described AS d
FULL JOIN active AS a USING (account_id)
