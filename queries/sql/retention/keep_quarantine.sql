-- Grain: one row per rejected row of $file that stays. Inputs: $file, $patterns (one a name: the name
-- between signs that are no part of it). Output: file $path, columns of facts.quarantine.
-- Why: rejected rows stand there as they came, with the account in them.
COPY (
    SELECT *
    FROM read_parquet($file)
    WHERE len(list_filter(
        $patterns::VARCHAR[],
        lambda p: regexp_matches(concat_ws(' ', raw, found), p)
    )) = 0
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)
