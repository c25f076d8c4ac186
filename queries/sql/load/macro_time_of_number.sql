-- Grain: one number. Input: x DOUBLE, seconds, milli-, micro- or nanoseconds since 1970, told
-- apart by magnitude. Output: TIMESTAMP (UTC); NULL when x is not finite.
-- Why: no time between 1973 and 5138 is ambiguous under this rule.
CREATE OR REPLACE TEMP MACRO time_of_number(x) AS
CASE
    WHEN NOT isfinite(x) OR abs(x) >= 1e20 THEN NULL
    WHEN abs(x) < 1e11 THEN make_timestamp(CAST(x * 1e6 AS BIGINT))
    WHEN abs(x) < 1e14 THEN make_timestamp(CAST(x * 1e3 AS BIGINT))
    WHEN abs(x) < 1e17 THEN make_timestamp(CAST(x AS BIGINT))
    ELSE make_timestamp(CAST(x / 1e3 AS BIGINT))
END
