-- Grain: one row per action or revocation, in a fixed order. Inputs: export_rows, $export_id.
-- Why: the columns of the published schema, in its order.
SELECT
    schema_version, $export_id AS export_id, idempotency_key, account_id, action, reason_code,
    policy_id, user_facing_reason, tier, score, families, evidence, cluster_id, cluster_version,
    sweep_id, role, decision_id, reviewers, decided_at, automated_detection, automated_decision,
    not_before, stagger_group, expires_at, rollback_of, appeal_ref, retention_until
FROM export_rows
ORDER BY rollback_of IS NOT NULL, cluster_id, account_id, idempotency_key
