-- Grain: one row per line that is not blank. Input: lines (row_number, text, bytes). Output:
-- scratch file $path with row_number, text (a JSON object, or NULL), fault, raw (of bad lines).
-- Why: a JSON reader turns a bad line into a row of NULLs; here it is told apart first.
COPY (
    WITH decoded AS (
        SELECT row_number, coalesce(text, TRY(decode(bytes))) AS text, bytes
        FROM lines
    ),
    judged AS (
        SELECT
            row_number, text, bytes,
            CASE
                WHEN text IS NULL THEN 'not UTF-8'
                WHEN NOT json_valid(text) THEN 'invalid JSON'
                WHEN json_type(text) <> 'OBJECT' THEN 'not a JSON object'
            END AS fault
        FROM decoded
        WHERE text IS NULL OR regexp_matches(text, '\S')
    )
    SELECT
        row_number, CASE WHEN fault IS NULL THEN text END AS text, fault,
        CASE WHEN fault IS NOT NULL 
            THEN regexp_replace(coalesce(text, CAST(bytes AS VARCHAR)), '[\r\n]+$', '') END AS raw
    FROM judged
) TO $path (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 250000)
