-- Grain: one row per account that is asked again and shared value that stays.
-- Inputs: past_incidence, near, past_value, kind, dropped. Output: account_key, value_key, kind_key,
-- k, half, n, as incidence/incidence.
-- Why: the evidence of what stays, exactly as the sweep weighed it.
CREATE OR REPLACE TABLE incidence AS
SELECT
    i.account_key, i.value_key, k.kind_key, v.n_accounts AS k,
    coalesce(round(1e6 * i.half_bits), -1e9)::BIGINT AS half, i.n
FROM past_incidence AS i
SEMI JOIN near AS x ON x.account_key = i.account_key
JOIN past_value AS v ON v.value_key = i.value_key
JOIN kind AS k ON k.kind = v.kind
WHERE
    i.value_key NOT IN (SELECT key FROM dropped WHERE room = 'value')
    AND v.kind NOT IN (SELECT kind FROM dropped WHERE room = 'kind')
