-- Grain: one row per listed text of a prompt and its family. Inputs: prompt_listed, prompt_family.
-- Output: file $path, columns of facts.list.
-- Why: from here on the family is listed, as if its name had been; the reason tells by which text.
COPY (
    SELECT
        'prompt' AS kind, f.family AS value, NULL::VARCHAR AS cidr, NULL::VARCHAR AS domain,
        NULL::BIGINT AS asn, l.class,
        concat_ws('; ', l.reason, 'family of the listed text "' || left(l.norm, 60) || '"')
            AS reason,
        l.owner, l.expires, NULL::VARCHAR AS lo, NULL::VARCHAR AS hi
    FROM prompt_listed AS l
    JOIN prompt_family AS f USING (doc)
    ORDER BY ALL
) TO $path (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)
