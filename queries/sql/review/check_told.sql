-- Grain: one row per run that wrote statements or notices. Inputs: register.told. Output: seq, kind,
-- told_at, prev_hash, hash, n, rows_hash, n_forms (more than one: its rows do not agree).
-- Why: who was told is chained as the exports are; an edit shows here.
SELECT
    seq, min(kind) AS kind, min(told_at) AS told_at, min(prev_hash) AS prev_hash,
    min(hash) AS hash, count(*) AS n,
    sha256(string_agg(coalesce(sha256(idempotency_key), '-'), chr(10) ORDER BY idempotency_key))
        AS rows_hash,
    count(DISTINCT {'kind': kind, 'told_at': told_at, 'prev_hash': prev_hash, 'hash': hash})
        AS n_forms
FROM register.told
GROUP BY seq
ORDER BY seq
