-- Grain: one row per record that is not blank. Inputs: lines (row_number, text, bytes); $delim,
-- $quote ("" for none), $record and $field (patterns of a whole record and of one field, each
-- with its delimiter before it), $escaped and $plain (a quote inside of quotes, and what it
-- stands for), $newline, $n (fields of a record).
-- Output: row_number, fields, fault (NULL for a good record), found, raw (of bad ones and of
-- those over several lines).
-- Why: records without quotes, nearly all, are split at once; those with quotes must match the
-- grammar from end to end, else they are rejected whole.
WITH decoded AS (
    SELECT
        row_number, regexp_replace(coalesce(text, TRY(decode(bytes))), '[\r\n]+$', '') AS text,
        bytes
    FROM lines
),
split AS (
    SELECT
        row_number, text, bytes,
        CASE
            WHEN contains(text, chr(0)) THEN NULL
            WHEN $quote = '' OR NOT contains(text, $quote) THEN string_split(text, $delim)
            WHEN regexp_full_match($delim || text, $record)
                THEN list_transform(
                    regexp_extract_all($delim || text, $field, 1),
                    lambda f: CASE
                        WHEN starts_with(f, $quote) THEN replace(f[2:-2], $escaped, $plain)
                        ELSE f
                    END
                )
        END AS fields
    FROM decoded
    WHERE text IS NULL OR regexp_matches(text, '\S')
)
SELECT
    row_number, fields,
    CASE
        WHEN text IS NULL THEN 'not UTF-8'
        WHEN contains(text, chr(0)) THEN 'NUL byte'
        WHEN fields IS NULL THEN 'stray quote'
        WHEN len(fields) <> $n THEN 'ragged row'
    END AS fault,
    CASE WHEN len(fields) <> $n THEN len(fields) || ' fields, ' || $n || ' expected' END AS found,
    CASE
        WHEN text IS NULL THEN regexp_replace(CAST(bytes AS VARCHAR), '(?:\\x0D|\\x0A)+$', '')
        WHEN fields IS NULL OR len(fields) <> $n OR contains(text, $newline)
            THEN replace(text, chr(0), '\x00')
    END AS raw
FROM split
