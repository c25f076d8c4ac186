-- Grain: one row per account that is asked again and shared value. Inputs: past_incidence, near.
-- Output: held (account_key, value_key, half_bits, n).
-- Why: one pass over the largest file of the sweep, before anything is joined.
CREATE OR REPLACE TABLE held AS
SELECT i.account_key, i.value_key, i.half_bits, i.n
FROM past_incidence AS i
SEMI JOIN near AS x ON x.account_key = i.account_key
