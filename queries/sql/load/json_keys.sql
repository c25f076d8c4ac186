-- Grain: one row per key of the objects, at most 1001. Input: json_staged (load/json_lines).
-- Output: key. Why: the columns of a JSON Lines file are all keys of all lines.
SELECT key
FROM (SELECT DISTINCT unnest(json_keys(text)) AS key FROM json_staged WHERE text IS NOT NULL)
ORDER BY key
LIMIT 1001
