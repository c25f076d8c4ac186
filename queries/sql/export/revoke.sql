-- Grain: one row per action that the receiver holds and that must be taken back. Inputs:
-- export_standing, export_wanted, export_candidate; $now. Output: export_revoke (columns of the ledger, state
-- new).
-- Why: a decision that changed must change what was done. The receiver is told which row of an
-- earlier export no longer stands; order does not matter to it.
CREATE OR REPLACE TEMP TABLE export_revoke AS
SELECT
    left(sha256('revoke' || chr(31) || s.idempotency_key), 32) AS idempotency_key, s.account_id,
    c.decision_id, s.idempotency_key AS rollback_of, s.cluster_id,
    CASE
        WHEN c.account_id IS NULL THEN 'decision withdrawn'
        WHEN c.held IS NOT NULL THEN c.held
        ELSE 'replaced'
    END AS cause,
    $now::TIMESTAMP AS revoked_at, s.retention_until, s.appeal_ref
FROM export_standing AS s
LEFT JOIN export_candidate AS c USING (account_id)
ANTI JOIN export_wanted AS w USING (idempotency_key)
