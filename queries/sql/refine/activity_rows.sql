-- Grain: one row per use of an account that some cluster may claim. Inputs: facts.event, facts.prompt,
-- account, candidate; $window_start, $window_end. Output: account_key, hour (hours since 1970).
-- Why: only for accounts that some cluster may claim: events are most of the input. The stage leaves one
-- row an hour, by sorting packed keys.
WITH wanted AS (
    SELECT a.account_id, a.account_key
    FROM account AS a
    SEMI JOIN candidate AS c USING (account_key)
)
SELECT w.account_key, (epoch_us(e."at") // 3600000000)::INTEGER AS hour
FROM facts.event AS e
JOIN wanted AS w USING (account_id)
WHERE e."at" >= $window_start AND e."at" < $window_end
UNION ALL
SELECT w.account_key, (epoch_us(p.sent_at) // 3600000000)::INTEGER
FROM facts.prompt AS p
JOIN wanted AS w USING (account_id)
WHERE p.sent_at >= $window_start AND p.sent_at < $window_end
