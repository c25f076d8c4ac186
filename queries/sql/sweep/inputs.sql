-- Grain: one row per loaded source, sorted. Input: register.source. Output: source_id (hash of its
-- content and mapping), name, table_name, n_rows, n_loaded, n_quarantined, first_at, last_at.
-- Why: the sweep's manifest names what it read, also when a source is replaced or removed later.
SELECT
    source_id, name, table_name, n_rows, n_loaded, n_quarantined, first_at::VARCHAR AS first_at,
    last_at::VARCHAR AS last_at
FROM register.source
ORDER BY table_name, name, source_id
