-- Grain: one row per account, derived kind and value. Inputs: checked, variable hashed.
-- Output: file $path, columns of facts.derived.
-- Why: what derives from a hashed kind is hashed too: it still links and shows nothing.
COPY (
    WITH derived AS (
        SELECT
            account_id, kind AS parent,
            CASE kind WHEN 'ip' THEN 'ip_prefix' ELSE 'email_domain' END AS kind,
            CASE kind WHEN 'ip' THEN ip_prefix_of_ip(value) ELSE split_part(value, '@', 2) END
                AS value,
            min(first_seen) AS first_seen, max(last_seen) AS last_seen, sum(n)::BIGINT AS n
        FROM checked
        WHERE problems = 0 AND (kind = 'ip' OR (kind = 'email' AND contains(value, '@')))
        GROUP BY ALL
    )
    SELECT
        account_id, kind,
        CASE
            WHEN list_has_any(getvariable('hashed'), [parent, kind]) THEN keyed(value) ELSE value
        END AS value,
        NULL::VARCHAR AS raw, first_seen, last_seen, n
    FROM derived
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
