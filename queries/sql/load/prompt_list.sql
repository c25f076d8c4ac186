-- Grain: one row per listed text of a prompt and family that it stands for. Inputs:
-- prompt_listed, prompt_fitted (listed, family), prompt_family.
-- Output: file $path, columns of facts.list.
-- Why: from here on the family is listed, as if its name had been; the reason tells by which
-- text. A text that was sent as it stands is the family's own document.
COPY (
    WITH meant AS (
        SELECT listed, family FROM prompt_fitted
        UNION
        SELECT l.listed, f.family
        FROM prompt_listed AS l
        JOIN prompt_family AS f USING (doc)
    )
    SELECT
        'prompt' AS kind, m.family AS value, NULL::VARCHAR AS cidr, NULL::VARCHAR AS domain,
        NULL::BIGINT AS asn, l.class,
        concat_ws('; ', l.reason, 'family of the listed text "' || left(l.norm, 60) || '"')
            AS reason,
        l.owner, l.expires, NULL::VARCHAR AS lo, NULL::VARCHAR AS hi
    FROM prompt_listed AS l
    JOIN meant AS m USING (listed)
    ORDER BY ALL
) TO $path (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)
