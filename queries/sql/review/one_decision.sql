-- Grain: one row, or none. Inputs: decisions, $decision_id.
-- Why: an answer needs to know what it answers.
SELECT * FROM decisions WHERE decision_id = $decision_id
