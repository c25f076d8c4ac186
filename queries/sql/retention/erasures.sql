-- Grain: one row per erasure. Input: register.erasure. Output: its columns.
-- Why: tombstones, and those that were cut short.
SELECT * FROM register.erasure ORDER BY erased_at, erasure_id
