-- Grain: one row per object that partners were given. Input: register.shared.
-- Why: an object keeps the time of its first sharing, and is revoked when it no longer holds.
SELECT * FROM register.shared ORDER BY object_id
