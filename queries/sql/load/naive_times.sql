-- Grain: one row. Input: incoming (found). Output: n_rows, 1 when some time of day has no zone,
-- else 0.
-- Why: the summary says when UTC was assumed; the first such time is enough.
WITH naive AS (
    SELECT found
    FROM incoming
    WHERE regexp_matches(found, '^\s*\d{4}[-/].*\d:\d\d(?::\d\d(?:\.\d+)?)?\s*$')
    LIMIT 1
)
SELECT count(*) AS n_rows FROM naive
