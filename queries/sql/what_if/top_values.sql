-- Grain: one row per cluster in question. Inputs: top_value, past_value. Output: cluster_id, kind,
-- value, display.
-- Why: the leaving-out names what it leaves out.
SELECT t.cluster_id, t.kind, t.value, coalesce(v.display, t.value) AS display
FROM top_value AS t
JOIN past_value AS v USING (value_key)
ORDER BY t.cluster_id
