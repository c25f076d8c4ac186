-- Grain: one number. Input: x DOUBLE. Output: its text; whole numbers without a fraction.
-- Why: an id that passed through a float column (1.0) is the same id (1).
CREATE OR REPLACE TEMP MACRO number_text(x) AS
CASE
    WHEN x = trunc(x) AND abs(x) < 1e15 THEN CAST(CAST(x AS BIGINT) AS VARCHAR)
    ELSE CAST(x AS VARCHAR)
END
