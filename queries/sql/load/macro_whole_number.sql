-- Grain: one number. Input: x DOUBLE. Output: BIGINT; NULL when x has a fraction or is out of
-- range.
-- Why: a count is whole; a cast would round.
CREATE OR REPLACE TEMP MACRO whole_number(x) AS
CASE WHEN x = trunc(x) AND abs(x) < 9e15 THEN CAST(x AS BIGINT) END
