-- Grain: one row per cluster and shared value. Inputs: value_in, value, kind, cluster_name;
-- $sweep_id. Output: as findings.evidence.
-- Why: what a cluster's members share.
CREATE OR REPLACE TABLE finding_evidence AS
SELECT
    $sweep_id AS sweep_id, n.cluster_id, e.value_key, k.kind, v.value, e.n_in, e.k AS n_all, e.bits
FROM value_in AS e
JOIN cluster_name AS n USING (c)
JOIN value AS v USING (value_key)
JOIN kind AS k ON k.kind_key = e.kind_key
