-- Grain: one value. Input: x VARCHAR; variables inner_pad and outer_pad (the key's pads, RFC
-- 2104).
-- Output: HMAC-SHA256 in hexadecimal.
-- Why: whoever has the store but not the key cannot try values.
CREATE OR REPLACE TEMP MACRO keyed(x) AS
sha256(getvariable('outer_pad') || unhex(sha256(getvariable('inner_pad') || encode(x))))
