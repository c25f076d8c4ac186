-- Grain: one row per kind and value that both accounts used in the window.
-- Inputs: facts.signal, facts.prompt, facts.family, $a, $b (account ids), $window_start,
-- $window_end. Output: kind, value, gap_us: the shortest time between a use by each.
-- Why: a kind with a window counts only uses that are close in time.
WITH used AS (
    SELECT account_id, kind, value, unnest([first_seen, last_seen]) AS at_time
    FROM facts.signal
    WHERE account_id IN ($a, $b)
    UNION ALL
    SELECT p.account_id, 'prompt', f.family, p.sent_at
    FROM facts.prompt AS p
    JOIN facts.family AS f USING (doc)
    WHERE p.account_id IN ($a, $b)
),
inside AS (
    SELECT DISTINCT account_id, kind, value, epoch_us(at_time) AS us
    FROM used
    WHERE at_time >= $window_start AND at_time < $window_end
)
SELECT x.kind, x.value, min(abs(x.us - y.us)) AS gap_us
FROM inside AS x
JOIN inside AS y ON y.kind = x.kind AND y.value = x.value
WHERE x.account_id = $a AND y.account_id = $b
GROUP BY x.kind, x.value
