-- Grain: one row per pair that one value links alone. Input: meeting; $threshold (micro-bits).
-- Output: pair.
-- Why: the others must meet twice to be worth adding up.
SELECT DISTINCT pair FROM meeting WHERE bits >= $threshold
