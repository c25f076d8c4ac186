-- Grain: one row per cause. Input: export_revoke. Output: cause, n.
-- Why: what is newly taken back, and why.
SELECT cause, count(*) AS n FROM export_revoke GROUP BY cause ORDER BY n DESC, cause
