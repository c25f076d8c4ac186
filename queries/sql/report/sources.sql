-- Grain: one row per loaded source, as loaded. Input: sources.
-- Output: name, table, rows read, loaded and rejected, span. Why: what the findings rest on.
SELECT source_id, name, table_name, n_rows, n_loaded, n_quarantined, first_at, last_at
FROM sources
ORDER BY name, source_id
