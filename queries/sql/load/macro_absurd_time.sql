-- Grain: one time. Input: t TIMESTAMP. Output: whether it lies outside of the bounds; false for
-- NULL.
-- Why: a clock that was never set or a wrong unit must not stretch the window.
CREATE OR REPLACE TEMP MACRO absurd_time(t) AS
coalesce(t < getvariable('bounds').earliest OR t > getvariable('bounds').latest, false)
