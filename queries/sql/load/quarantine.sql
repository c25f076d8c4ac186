-- Grain: one row per rejected row, reason and field. Inputs: faulty, physical (__row and the
-- source's own columns), column_names (field, name: the source's column), $source, $show (false
-- under privacy.hash: nothing is shown as it came). Output: file $path, columns of
-- facts.quarantine.
-- Why: the row stands there as it came, so that it can be mended and loaded again.
COPY (
    WITH originals AS (
        SELECT
            __row AS row_number,
            CAST(json_merge_patch(to_json(p), '{"__row": null}') AS VARCHAR) AS raw
        FROM physical AS p
        WHERE __row IN (SELECT row_number FROM faulty)
    )
    SELECT DISTINCT
        $source::VARCHAR AS source, f.row_number, f.reason, coalesce(c.name, f.field) AS field,
        CASE WHEN $show THEN f.found END AS found,
        CASE WHEN $show THEN left(coalesce(f.raw, o.raw), 10000) END AS raw
    FROM faulty AS f
    LEFT JOIN originals AS o USING (row_number)
    LEFT JOIN column_names AS c ON c.field = f.field
) TO $path (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 250000,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000
)
