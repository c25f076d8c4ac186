-- Grain: one row per account, kind and value.
-- Inputs: facts.signal, facts.derived, facts.prompt, facts.family. Contract, section 3.
-- Why: many rows of use become one row of knowledge; prompts appear as their family.
CREATE OR REPLACE VIEW signals AS
WITH used AS (
    SELECT account_id, kind, value, first_seen, last_seen, n FROM facts.signal
    UNION ALL
    SELECT account_id, kind, value, first_seen, last_seen, n FROM facts.derived
    UNION ALL
    SELECT p.account_id, 'prompt', f.family, p.sent_at, p.sent_at, p.n
    FROM facts.prompt AS p
    JOIN facts.family AS f USING (doc)
)
SELECT
    account_id, kind, value, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
    sum(n)::BIGINT AS n
FROM used
GROUP BY account_id, kind, value
