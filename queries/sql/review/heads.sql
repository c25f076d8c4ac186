-- Grain: one row per export. Input: register.export. Output: export_id, n_decisions, decisions_head.
-- Why: an export wrote down how long the log was and how it ended: a log cut short since shows here.
SELECT export_id, n_decisions, decisions_head
FROM register.export
WHERE n_decisions > 0
ORDER BY seq, exported_at, export_id
