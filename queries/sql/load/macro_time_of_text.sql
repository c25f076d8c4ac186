-- Grain: one text. Input: x VARCHAR. Output: TIMESTAMP (UTC); NULL when x is no time.
-- Why: an offset or zone is honoured (a cast to TIMESTAMP would drop it without a word); a time
-- without one is UTC, as the session's zone is. The usual form leaves at the first test.
CREATE OR REPLACE TEMP MACRO time_of_text(x) AS
CASE
    WHEN regexp_full_match(x, '\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?')
        THEN TRY_CAST(x AS TIMESTAMP)
    WHEN regexp_full_match(trim(x), '[12]\d{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])')
        THEN try_strptime(trim(x), '%Y%m%d')
    WHEN regexp_full_match(trim(x), '-?\d+(?:\.\d+)?') THEN time_of_number(TRY_CAST(x AS DOUBLE))
    WHEN regexp_matches(x, '^\s*\d{4}[-/]')
        THEN make_timestamp(epoch_us(TRY_CAST(trim(x) AS TIMESTAMPTZ)))
END
