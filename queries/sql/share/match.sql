-- Grain: one row per account here and token of a partner. Inputs: share_indicator (registered: token,
-- kind, object_id, confidence), facts.signal, facts.derived, facts.account, macro keyed. Output: account_id, kind,
-- token, object_id, confidence, first_seen, last_seen.
-- Why: the partner's tokens are met by tokens made here under the same key, for the kinds that the
-- partner shared and no others.
WITH kinds AS (SELECT DISTINCT kind FROM share_indicator),
used AS (
    SELECT account_id, kind, value, first_seen, last_seen
    FROM facts.signal
    SEMI JOIN kinds USING (kind)
    UNION ALL
    SELECT account_id, kind, value, first_seen, last_seen
    FROM facts.derived
    SEMI JOIN kinds USING (kind)
    UNION ALL
    SELECT account_id, 'account', account_id, created_at, created_at
    FROM facts.account
    WHERE 'account' IN (SELECT kind FROM kinds)
),
tokens AS (
    SELECT kind, value, keyed(kind || chr(31) || value) AS token
    FROM (SELECT DISTINCT kind, value FROM used)
),
met AS (
    SELECT DISTINCT t.kind, t.value, t.token, i.object_id, i.confidence
    FROM tokens AS t
    JOIN share_indicator AS i ON i.kind = t.kind AND i.token = t.token
)
SELECT
    u.account_id, m.kind, m.token, m.object_id, max(m.confidence) AS confidence,
    min(u.first_seen) AS first_seen, max(u.last_seen) AS last_seen
FROM met AS m
JOIN used AS u ON u.kind = m.kind AND u.value = m.value
GROUP BY u.account_id, m.kind, m.token, m.object_id
ORDER BY u.account_id, m.kind, m.token, m.object_id
