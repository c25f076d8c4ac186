-- Grain: one row per member that stays. Inputs: $file, erase_key, erase_value, erase_account. Output: file
-- $path, columns of findings.member; a reason that names what is gone is NULL.
-- Why: without the erased accounts.
COPY (
    SELECT
        m.* REPLACE (
            CASE
                WHEN NOT EXISTS (
                    SELECT 1 FROM erase_value AS e
                    WHERE e.left_over < 2 AND (contains(m.why, e.value) OR contains(m.why, e.display))
                )
                    THEN m.why
            END AS why
        )
    FROM read_parquet($file) AS m
    WHERE m.account_key NOT IN (SELECT account_key FROM erase_key)
    ORDER BY m.cluster_id, m.account_key
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
