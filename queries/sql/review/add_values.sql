-- Grain: one row per new overturned decision and value. Inputs: review_value, review_named
-- (registered: target, decision_id).
-- Why: the evidence that was wrong.
INSERT INTO register.decision_value
SELECT n.decision_id, v.kind, v.value
FROM review_value AS v
JOIN review_named AS n USING (target)
ORDER BY n.decision_id, v.kind, v.value
