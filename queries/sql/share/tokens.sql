-- Grain: one row per cluster that may be shared and account or value of it. Inputs: findings.member,
-- findings.evidence, account_decisions, labels; macro keyed; $sweep_id, $clusters, $kinds, $min_group.
-- Output: cluster_id, kind (account for accounts), item (a name inside this call), token, n_in, bits.
-- Why: partners get keyed tokens, never the account or the value. Who was carved out, cleared or
-- labelled good is left out; so are values that only few members have.
WITH never AS (
    SELECT account_id FROM account_decisions WHERE decision IN ('exclude', 'benign', 'overturn')
    UNION
    SELECT account_id FROM labels WHERE lower(trim(label)) = 'good'
),
members AS (
    SELECT cluster_id, account_id, bits
    FROM findings.member
    ANTI JOIN never USING (account_id)
    WHERE sweep_id = $sweep_id AND list_contains($clusters::VARCHAR[], cluster_id)
),
shared AS (
    SELECT cluster_id, kind, value, n_in, bits
    FROM findings.evidence
    ANTI JOIN value_labels USING (kind, value)
    WHERE
        sweep_id = $sweep_id AND list_contains($clusters::VARCHAR[], cluster_id) AND bits > 0
        AND list_contains($kinds::VARCHAR[], kind) AND n_in >= $min_group
),
together AS (
    SELECT cluster_id, 'account' AS kind, account_id AS value, 1 AS n_in, bits FROM members
    UNION ALL
    SELECT cluster_id, kind, value, n_in, bits FROM shared
)
SELECT
    cluster_id, kind, dense_rank() OVER (ORDER BY kind, value) AS item,
    keyed(kind || chr(31) || value) AS token, n_in, bits
FROM together
ORDER BY cluster_id, kind, item
