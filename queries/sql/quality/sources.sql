-- Grain: one row per loaded source. Input: register.source. Output: name, table_name, n_rows, n_loaded,
-- n_quarantined, first_at, last_at, loaded_at.
-- Why: what each load brought, for quality/streams.
SELECT name, table_name, n_rows, n_loaded, n_quarantined, first_at, last_at, loaded_at
FROM register.source
ORDER BY name, source_id
