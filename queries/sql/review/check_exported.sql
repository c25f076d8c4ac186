-- Grain: one row per export that was the first to carry rows. Inputs: register.export_row, $export_id
-- (NULL for all). Output: export_id, n_new, rows_hash, n_renamed (accounts whose name is not the hashed
-- one), nameless (hashes of accounts without a name).
-- Why: the ledger's chain covers the rows through their hash; an edit of one shows here. Each cell is
-- hashed for itself, so that no two rows look the same. The name counts through its hash, so that it
-- can be erased.
WITH cells AS (
    SELECT
        export_id, account_id, account_hash, idempotency_key,
        [
            idempotency_key, export_id, account_hash, action, decision_id, rollback_of, cluster_id,
            cause, revoked_at::VARCHAR, expires_at::VARCHAR, retention_until::VARCHAR, appeal_ref
        ] AS cell
    FROM register.export_row
    WHERE $export_id IS NULL OR export_id = $export_id
),
hashed AS (
    SELECT
        * EXCLUDE (cell),
        sha256(array_to_string(list_transform(cell, lambda c: coalesce(sha256(c), '-')), ' ')) AS digest
    FROM cells
)
SELECT
    export_id, count(*) AS n_new, sha256(string_agg(digest, chr(10) ORDER BY digest)) AS rows_hash,
    count(*) FILTER (
        WHERE account_id IS NOT NULL AND sha256(account_id) IS DISTINCT FROM account_hash
    ) AS n_renamed,
    list(account_hash) FILTER (WHERE account_id IS NULL) AS nameless
FROM hashed
GROUP BY export_id
ORDER BY export_id
