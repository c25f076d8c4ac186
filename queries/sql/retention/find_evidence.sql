-- Grain: one row per cluster and value that stay. Inputs: $file, $incidence, $member (files), erase_key,
-- erase_value. Output: file $path, columns of findings.evidence.
-- Why: without the erased accounts.
COPY (
    WITH lost AS (
        SELECT m.cluster_id, i.value_key, count(*) AS n
        FROM read_parquet($member) AS m
        JOIN erase_key USING (account_key)
        JOIN read_parquet($incidence) AS i USING (account_key)
        GROUP BY m.cluster_id, i.value_key
    )
    SELECT
        f.* REPLACE (
            (f.n_in - coalesce(l.n, 0))::INTEGER AS n_in,
            (f.n_all - coalesce(e.lost, 0))::INTEGER AS n_all
        )
    FROM read_parquet($file) AS f
    LEFT JOIN lost AS l USING (cluster_id, value_key)
    LEFT JOIN erase_value AS e ON e.value_key = f.value_key
    WHERE f.n_in - coalesce(l.n, 0) >= 2 AND (e.value_key IS NULL OR e.left_over >= 2)
    ORDER BY f.cluster_id, f.value_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
