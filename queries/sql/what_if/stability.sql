-- Grain: one row per member of the clusters in question. Inputs: past_member, scope.
-- Output: as community/stability.
-- Why: the quick form makes no links and takes stability as the sweep measured it.
CREATE OR REPLACE TABLE stability AS
SELECT m.account_key, m.stability
FROM past_member AS m
SEMI JOIN scope AS s ON s.account_key = m.account_key
