-- Grain: one row per value and won appeal. Inputs: decisions, register.decision_value.
-- Output: kind, value, label (good), source.
-- Why: what had tied an account that was cleared on appeal must not tie it again unseen.
CREATE OR REPLACE VIEW value_labels AS
SELECT v.kind, v.value, 'good' AS label, 'appeal ' || d.decision_id AS source
FROM register.decision_value AS v
JOIN decisions AS d USING (decision_id)
WHERE d.status = 'in force'
