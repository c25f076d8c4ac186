-- Grain: one row per account and action, or revocation: the export itself, but for its own name.
-- Inputs: export_wanted, export_evidence, export_revoke, register.export_row, decisions,
-- findings.cluster, findings.member, export_reason (registered: code, text); $schema_version, $delay, $groups,
-- $step, $retention, $lifted (text of a revocation), $now. Output: export_rows.
-- Why: every export is whole: all that stands and all that was taken back, so that a lost file does
-- no harm and a repeated one nothing.
CREATE OR REPLACE TEMP TABLE export_rows AS
WITH actions AS (
    SELECT
        w.idempotency_key, w.account_id, w.action, w.reason_code, w.policy_id,
        nullif(r.text, '') AS user_facing_reason,
        if(w.decision = 'confirm', 'confirmed', c.tier) AS tier, c.score,
        coalesce(m.families, []) AS families, coalesce(e.evidence, []) AS evidence, w.cluster_id,
        left(w.members_hash, 12) AS cluster_version, w.sweep_id, w.role, w.decision_id,
        list_filter([w.reviewer, w.second_reviewer], lambda x: x IS NOT NULL) AS reviewers,
        w.force_at AS decided_at, w.role IS NOT NULL AS automated_detection,
        false AS automated_decision,
        (md5_number_lower(coalesce(w.cluster_id, w.account_id)) % $groups)::INTEGER AS stagger_group,
        w.expires_at, NULL::VARCHAR AS rollback_of, w.appeal_ref,
        w.force_at + $retention AS retention_until, w.state
    FROM export_wanted AS w
    LEFT JOIN export_reason AS r ON r.code = w.reason_code
    LEFT JOIN findings.cluster AS c ON c.sweep_id = w.sweep_id AND c.cluster_id = w.cluster_id
    LEFT JOIN findings.member AS m
        ON m.sweep_id = w.sweep_id AND m.cluster_id = w.cluster_id AND m.account_id = w.account_id
    LEFT JOIN export_evidence AS e ON e.account_id = w.account_id
),
taken_back AS (
    SELECT
        idempotency_key, account_id, decision_id, rollback_of, cluster_id, cause, revoked_at,
        retention_until, appeal_ref, 'new' AS state
    FROM export_revoke
    UNION ALL
    SELECT
        idempotency_key, account_id, decision_id, rollback_of, cluster_id, cause, revoked_at,
        retention_until, appeal_ref, 'same'
    FROM register.export_row
    WHERE rollback_of IS NOT NULL AND account_id IS NOT NULL AND retention_until > $now
),
revokes AS (
    SELECT
        b.idempotency_key, b.account_id, 'none' AS action, b.cause AS reason_code,
        d.policy_id, $lifted AS user_facing_reason, b.cluster_id, d.sweep_id, d.decision_id,
        list_filter([d.reviewer, d.second_reviewer], lambda x: x IS NOT NULL) AS reviewers,
        b.revoked_at AS decided_at, false AS automated_detection,
        b.cause IN (
            'labelled good', 'allow-listed', 'role below the limit', 'decided on a degraded sweep'
        ) AS automated_decision,
        b.rollback_of, b.appeal_ref, b.retention_until,
        b.state
    FROM taken_back AS b
    LEFT JOIN decisions AS d USING (decision_id)
),
together AS (
    SELECT * FROM actions
    UNION ALL BY NAME
    SELECT * FROM revokes
)
SELECT
    $schema_version AS schema_version, idempotency_key, account_id, action, reason_code, policy_id,
    user_facing_reason, tier, score, coalesce(families, []) AS families,
    coalesce(evidence, []) AS evidence, cluster_id, cluster_version, sweep_id, role, decision_id,
    reviewers, decided_at, automated_detection, automated_decision,
    if(
        rollback_of IS NULL, decided_at + $delay + $step * stagger_group, decided_at
    ) AS not_before,
    coalesce(stagger_group, 0) AS stagger_group, expires_at, rollback_of, appeal_ref,
    retention_until, state
FROM together
