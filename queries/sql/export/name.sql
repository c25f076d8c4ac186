-- Grain: one row. Input: export_rows. Output: export_id.
-- Why: the same rows are the same export, byte for byte, whenever they are written.
SELECT
    'x-' || left(sha256(coalesce(string_agg(sha256(t::VARCHAR), '' ORDER BY idempotency_key), '')), 12)
        AS export_id
FROM (SELECT * EXCLUDE (state) FROM export_rows) AS t
