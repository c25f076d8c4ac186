-- Grain: one row per cluster in question. Inputs: past_evidence, scope. Output: cluster_id,
-- value_key, kind, value, n_in, n_all.
-- Why: the value that carries most of the cluster: members times bits.
CREATE OR REPLACE TABLE top_value AS
SELECT e.cluster_id, e.value_key, e.kind, e.value, e.n_in, e.n_all
FROM past_evidence AS e
SEMI JOIN scope USING (cluster_id)
WHERE e.bits > 0
QUALIFY row_number() OVER (PARTITION BY e.cluster_id ORDER BY e.n_in * e.bits DESC, e.value_key) = 1
