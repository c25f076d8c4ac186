-- Grain: one row. Inputs: $file, $patterns. Output: n (rejected rows that hold an erased name).
-- Why: a file that keeps all it has is not written again.
SELECT count(*) AS n
FROM read_parquet($file)
WHERE len(list_filter(
    $patterns::VARCHAR[],
    lambda p: regexp_matches(concat_ws(' ', raw, found), p)
)) > 0
