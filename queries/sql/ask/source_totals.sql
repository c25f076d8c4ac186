-- Grain: one row. Input: register.source.
-- Output: sources, rows, loaded, quarantined, first_at, last_at.
-- Why: the health of the input in one line.
SELECT
    count(*) AS sources, coalesce(sum(n_rows), 0)::BIGINT AS "rows",
    coalesce(sum(n_loaded), 0)::BIGINT AS loaded,
    coalesce(sum(n_quarantined), 0)::BIGINT AS quarantined,
    min(first_at) AS first_at, max(last_at) AS last_at
FROM register.source
