-- Grain: one row per value that two accounts to its kind's cap used in the window. Inputs:
-- warehouse_signal (account_id, kind, value, first_seen, last_seen), warehouse_kind (kind, cap);
-- $window_start, $window_end, $default_cap.
-- Output: kind, value, k (accounts).
-- Why: portable, so that a warehouse can run it where the rows are (queries/dialects.py).
WITH used AS (
    SELECT DISTINCT s.account_id, s.kind, s.value
    FROM warehouse_signal AS s
    WHERE
        (s.last_seen IS NULL OR s.last_seen >= CAST($window_start AS TIMESTAMPTZ))
        AND (s.first_seen IS NULL OR s.first_seen < CAST($window_end AS TIMESTAMPTZ))
)
SELECT u.kind, u.value, count(*) AS k
FROM used AS u
LEFT JOIN warehouse_kind AS c ON c.kind = u.kind
WHERE u.account_id IS NOT NULL AND u.value IS NOT NULL
GROUP BY u.kind, u.value
HAVING count(*) >= 2 AND count(*) <= coalesce(max(c.cap), $default_cap)
