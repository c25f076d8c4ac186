-- Grain: one row, or none: the newest export. Input: register.export. Output: as register.export.
-- Why: what a dry run is compared with.
SELECT * FROM register.export ORDER BY seq DESC NULLS LAST, exported_at DESC, export_id DESC LIMIT 1
