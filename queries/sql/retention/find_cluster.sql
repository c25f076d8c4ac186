-- Grain: one row per cluster that still has members. Inputs: $file, $member (files), erase_key,
-- erase_value. Output: file $path, columns of findings.cluster; texts that name what is gone are empty.
-- Why: without the erased accounts; score, tier and class stay as they were judged.
COPY (
    WITH left_over AS (
        SELECT
            cluster_id, count(*)::INTEGER AS size,
            (count(*) FILTER (WHERE role = 'core'))::INTEGER AS n_core,
            (count(*) FILTER (WHERE role = 'fringe'))::INTEGER AS n_fringe
        FROM read_parquet($member)
        WHERE account_key NOT IN (SELECT account_key FROM erase_key)
        GROUP BY cluster_id
    ),
    gone AS (
        SELECT value AS said FROM erase_value WHERE left_over < 2
        UNION
        SELECT display FROM erase_value WHERE left_over < 2 AND display IS NOT NULL
        UNION
        SELECT account_id FROM erase_account
    ),
    named AS (
        SELECT DISTINCT c.cluster_id
        FROM read_parquet($file) AS c
        JOIN gone AS g ON contains(
            concat_ws(' ', c.summary, c.waterfall, c.features, c.guards), g.said
        )
    )
    SELECT
        c.* REPLACE (
            l.size AS size, l.n_core AS n_core, l.n_fringe AS n_fringe,
            if(n.cluster_id IS NULL, c.summary, 'A sentence about what was erased since.') AS summary,
            if(n.cluster_id IS NULL, c.waterfall, '[]') AS waterfall,
            if(n.cluster_id IS NULL, c.features, '{}') AS features,
            if(n.cluster_id IS NULL, c.guards, '[]') AS guards
        )
    FROM read_parquet($file) AS c
    JOIN left_over AS l USING (cluster_id)
    LEFT JOIN named AS n USING (cluster_id)
    ORDER BY c.cluster_id
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
