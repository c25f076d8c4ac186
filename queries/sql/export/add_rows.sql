-- Grain: one row per new action or revocation. Inputs: export_rows, $export_id.
-- Why: the receiver was told; the next export must know. The ledger's chain covers an account through
-- the hash of its name, so that the name can be erased.
INSERT INTO register.export_row BY NAME
SELECT
    idempotency_key, $export_id AS export_id, account_id, action, decision_id, rollback_of,
    cluster_id, if(rollback_of IS NULL, NULL, reason_code) AS cause,
    if(rollback_of IS NULL, NULL, decided_at) AS revoked_at, expires_at, retention_until,
    appeal_ref, sha256(account_id) AS account_hash
FROM export_rows
WHERE state = 'new'
ORDER BY idempotency_key
