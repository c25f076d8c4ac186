-- Grain: one row per figure and label. Inputs: clusters, changes, register.alert, register.source;
-- $sweep_id. Output: name, label, value.
-- Why: the figures that a monitoring system follows from sweep to sweep.
WITH tier AS (SELECT unnest(['lead', 'linked', 'coordinated', 'confirmed']) AS tier),
found AS (SELECT tier, size FROM clusters WHERE sweep_id = $sweep_id)
SELECT 'clusters' AS name, t.tier AS label, count(f.size) AS value
FROM tier AS t
LEFT JOIN found AS f USING (tier)
GROUP BY t.tier
UNION ALL
SELECT 'members', t.tier, coalesce(sum(f.size), 0)
FROM tier AS t
LEFT JOIN found AS f USING (tier)
GROUP BY t.tier
UNION ALL
SELECT 'changes', event, count(*) FROM changes WHERE sweep_id = $sweep_id GROUP BY event
UNION ALL
SELECT 'alerts', rule, count(*) FROM register.alert WHERE sweep_id = $sweep_id GROUP BY rule
UNION ALL
SELECT 'rows_rejected', NULL, coalesce(sum(n_quarantined), 0) FROM register.source
ORDER BY name, label
