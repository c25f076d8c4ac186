-- Grain: one row per good list entry. Inputs: checked, variable hashed. Output: file $path, columns of
-- facts.list.
-- Why: as load/signal_accepted; entries of a hashed kind must meet hashed signals.
COPY (
    SELECT
        kind,
        CASE WHEN list_contains(getvariable('hashed'), kind) THEN keyed(value) ELSE value END
            AS value,
        cidr, domain, asn, class, reason, owner, expires, lo, hi
    FROM checked
    WHERE problems = 0
) TO $path (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000)
