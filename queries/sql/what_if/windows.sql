-- Grain: one row. Input: kind. Output: found BOOLEAN.
-- Why: only kinds with a window need the facts again.
SELECT count(*) > 0 AS found FROM kind WHERE window_us IS NOT NULL
