-- Grain: one row per fact about the store. Output: name, content.
-- Why: format and root are checked at each opening.
SELECT name, content FROM register.meta ORDER BY name
