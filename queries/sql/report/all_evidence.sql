-- Grain: one row per cluster and shared value of a sweep. Input: evidence.
-- Why: the data beside the report.
SELECT * EXCLUDE (value_key)
FROM evidence
WHERE sweep_id = $sweep_id
ORDER BY cluster_id, kind, value
