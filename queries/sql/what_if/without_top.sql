-- Grain: as incidence. Inputs: whole, scope, top_value. Output: incidence.
-- Why: every cluster without the value that carries most of it.
CREATE OR REPLACE TABLE incidence AS
SELECT w.*
FROM whole AS w
JOIN scope AS s USING (account_key)
ANTI JOIN top_value AS t ON t.cluster_id = s.cluster_id AND t.value_key = w.value_key
