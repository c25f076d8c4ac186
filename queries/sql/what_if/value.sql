-- Grain: one row per value of the accounts that are asked again. Inputs: past_value, held, kind,
-- dropped. Output: value_key, kind_key, value, k, treatment, class, n_pairs_skipped, gone (is left
-- out).
-- Why: k_v and the treatment stay those of the platform.
CREATE OR REPLACE TABLE value AS
SELECT
    v.value_key, k.kind_key, v.value, v.n_accounts AS k, v.treatment, v.class, v.n_pairs_skipped,
    v.value_key IN (SELECT key FROM dropped WHERE room = 'value')
    OR v.kind IN (SELECT kind FROM dropped WHERE room = 'kind') AS gone
FROM past_value AS v
SEMI JOIN held AS h ON h.value_key = v.value_key
JOIN kind AS k ON k.kind = v.kind
