-- Grain: one row per action that the receiver was told and still holds. Inputs: register.export_row,
-- $now. Output: export_standing (columns as register.export_row).
-- Why: what was handed over and neither taken back nor ended by itself is what a new export is
-- compared with.
CREATE OR REPLACE TEMP TABLE export_standing AS
SELECT r.*
FROM register.export_row AS r
ANTI JOIN (
    SELECT rollback_of AS idempotency_key FROM register.export_row WHERE rollback_of IS NOT NULL
) AS b USING (idempotency_key)
WHERE
    r.rollback_of IS NULL AND r.account_id IS NOT NULL
    AND (r.expires_at IS NULL OR r.expires_at > $now)
