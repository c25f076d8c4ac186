-- Grain: one row per new action or revocation. Inputs: export_rows, $export_id.
-- Why: the receiver was told; the next export must know.
INSERT INTO register.export_row
SELECT
    idempotency_key, $export_id, account_id, action, decision_id, rollback_of, cluster_id,
    if(rollback_of IS NULL, NULL, reason_code), if(rollback_of IS NULL, NULL, decided_at),
    expires_at, retention_until, appeal_ref
FROM export_rows
WHERE state = 'new'
ORDER BY idempotency_key
