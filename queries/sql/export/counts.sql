-- Grain: one row per action and state. Input: export_rows. Output: action (revoke for revocations),
-- state (new, same), n.
-- Why: the difference from the last export.
SELECT if(rollback_of IS NULL, action, 'revoke') AS action, state, count(*) AS n
FROM export_rows
GROUP BY ALL
ORDER BY ALL
