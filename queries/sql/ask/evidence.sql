-- Grain: one row per cluster and shared value. Inputs: evidence, findings.value, $sweep_id,
-- $cluster_id (NULL for all).
-- Why: what the members share, the most telling first.
SELECT
    e.sweep_id, e.cluster_id, e.kind, e.value, v.display, e.n_in, e.n_all, e.bits, v.treatment,
    v.class, v.why, v.family, v.first_seen, v.last_seen
FROM evidence AS e
LEFT JOIN findings.value AS v ON v.sweep_id = e.sweep_id AND v.value_key = e.value_key
WHERE e.sweep_id = $sweep_id AND ($cluster_id IS NULL OR e.cluster_id = $cluster_id)
ORDER BY e.cluster_id, e.n_in * e.bits DESC, e.kind, e.value
