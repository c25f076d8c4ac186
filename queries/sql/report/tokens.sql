-- Grain: one row per distinct text. Inputs: $texts; $inner and $outer: the pads of a key (RFC 2104).
-- Output: text, token (the first 12 hexadecimal digits of its HMAC-SHA256).
-- Why: redacted reports: the same account or value reads the same everywhere, and nobody without
-- the key can try texts against it.
SELECT
    text,
    left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode(text)))), 12) AS token
FROM (SELECT DISTINCT unnest($texts::VARCHAR[]) AS text)
