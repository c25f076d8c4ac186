-- Grain: one row per account and kind. Inputs: past_holding, near, kind. Output: as incidence/load.
-- Why: how much an account holds stays what it was, so that what is left weighs the same.
CREATE OR REPLACE TABLE load AS
SELECT h.account_key, k.kind_key, least(h.n_values, 50) AS d, h.n
FROM past_holding AS h
SEMI JOIN near AS x ON x.account_key = h.account_key
JOIN kind AS k ON k.kind = h.kind
