-- Grain: one row per loaded source, sorted. Input: register.source. Output: source_id.
-- Why: the identity of a sweep's input.
SELECT DISTINCT source_id FROM register.source ORDER BY source_id
