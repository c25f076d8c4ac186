-- Grain: one row per cluster that may be shared and account or value of it. Inputs: findings.member,
-- findings.evidence, findings.incidence, share_never; macro keyed; $sweep_id, $clusters, $kinds,
-- $min_group. Output: cluster_id, kind (account for accounts), item (a name inside this call), token, n_in,
-- bits.
-- Why: partners get keyed tokens, never the account or the value. Who must not be told of is left
-- out; so are values that only few of the others have.
WITH members AS (
    SELECT cluster_id, account_id, account_key, bits
    FROM findings.member
    ANTI JOIN share_never USING (account_id)
    WHERE sweep_id = $sweep_id AND list_contains($clusters::VARCHAR[], cluster_id)
),
known AS (
    SELECT cluster_id, value_key, kind, value, bits
    FROM findings.evidence
    ANTI JOIN value_labels USING (kind, value)
    WHERE
        sweep_id = $sweep_id AND list_contains($clusters::VARCHAR[], cluster_id) AND bits > 0
        AND list_contains($kinds::VARCHAR[], kind) AND n_in >= $min_group
),
holders AS (
    SELECT k.cluster_id, k.value_key, count(DISTINCT m.account_key) AS n_in
    FROM known AS k
    JOIN findings.incidence AS i ON i.sweep_id = $sweep_id AND i.value_key = k.value_key
    JOIN members AS m ON m.cluster_id = k.cluster_id AND m.account_key = i.account_key
    GROUP BY k.cluster_id, k.value_key
    HAVING count(DISTINCT m.account_key) >= $min_group
),
together AS (
    SELECT cluster_id, 'account' AS kind, account_id AS value, 1 AS n_in, bits FROM members
    UNION ALL
    SELECT k.cluster_id, k.kind, k.value, h.n_in, k.bits
    FROM known AS k
    JOIN holders AS h USING (cluster_id, value_key)
)
SELECT
    cluster_id, kind, dense_rank() OVER (ORDER BY kind, value) AS item,
    keyed(kind || chr(31) || value) AS token, n_in, bits
FROM together
ORDER BY cluster_id, kind, item
