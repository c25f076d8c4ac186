-- Grain: one row. Input: incoming (found). Output: n_rows with a time of day but no zone.
-- Why: the summary says when UTC was assumed.
SELECT count_if(regexp_matches(found, '^\s*\d{4}[-/].*\d:\d\d(?::\d\d(?:\.\d+)?)?\s*$')) AS n_rows
FROM incoming
