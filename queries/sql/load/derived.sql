-- Grain: one row per good signal that a kind derives from. Input: derivable (the source's good
-- signals, values not hashed). Output: file $path, columns of facts.derived.
-- Why: the network of an address and the domain of a mailbox are context of their own. Two rows of an
-- account may give the same value: who reads them adds up, as with signals.
COPY (
    SELECT
        account_id, CASE kind WHEN 'ip' THEN 'ip_prefix' ELSE 'email_domain' END AS kind,
        CASE kind WHEN 'ip' THEN ip_prefix_of_ip(value) ELSE split_part(value, '@', 2) END AS value,
        NULL::VARCHAR AS raw, first_seen, last_seen, n::BIGINT AS n
    FROM derivable
    WHERE kind = 'ip' OR (kind = 'email' AND contains(value, '@'))
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
