-- Grain: one row. Inputs: staged_lines; $delim, $newline, $n. Output: swallowed BOOLEAN, whether
-- most records over several lines are made of lines with as many delimiters as a record has.
-- Why: two stray quotes far apart make one valid field of all records between them; a text that
-- someone wrote seldom looks like that line for line.
WITH long_records AS (
    SELECT string_split(rtrim(__raw, chr(13) || chr(10)), $newline) AS pieces
    FROM staged_lines
    WHERE contains(rtrim(__raw, chr(13) || chr(10)), $newline)
),
counted AS (
    SELECT
        list_bool_and(
            list_transform(pieces, lambda p: len(string_split(p, $delim)) = $n)
        ) AS suspect
    FROM long_records
)
SELECT coalesce(2 * count_if(suspect) > count(*), false) AS swallowed FROM counted
