-- Grain: one row per check and subject. Input: finding_quality. Output: file $path, columns of
-- findings.quality.
-- Why: what was measured before judging, kept with the findings.
COPY (
    SELECT sweep_id, "check", subject, measured, low, high, severity, detail
    FROM finding_quality
    ORDER BY "check", subject
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
