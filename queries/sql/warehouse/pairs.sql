-- Grain: one row per pair of accounts that share values. Inputs: as warehouse/shared_values.
-- Output: src, dst (src before dst in the database's own order), n_values (values they share).
-- Why: every pair that the links of a sweep look at, before evidence is weighed.
WITH used AS (
    SELECT DISTINCT s.account_id, s.kind, s.value
    FROM warehouse_signal AS s
    WHERE
        (s.last_seen IS NULL OR s.last_seen >= CAST($window_start AS TIMESTAMPTZ))
        AND (s.first_seen IS NULL OR s.first_seen < CAST($window_end AS TIMESTAMPTZ))
),
shared AS (
    SELECT u.kind, u.value
    FROM used AS u
    LEFT JOIN warehouse_kind AS c ON c.kind = u.kind
    WHERE u.account_id IS NOT NULL AND u.value IS NOT NULL
    GROUP BY u.kind, u.value
    HAVING count(*) >= 2 AND count(*) <= coalesce(max(c.cap), $default_cap)
),
holding AS (
    SELECT u.account_id, u.kind, u.value
    FROM used AS u
    JOIN shared AS v ON v.kind = u.kind AND v.value = u.value
    WHERE u.account_id IS NOT NULL
)
SELECT a.account_id AS src, b.account_id AS dst, count(*) AS n_values
FROM holding AS a
JOIN holding AS b ON b.kind = a.kind AND b.value = a.value AND b.account_id > a.account_id
GROUP BY a.account_id, b.account_id
