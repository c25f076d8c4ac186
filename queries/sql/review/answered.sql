-- Grain: one row per decision asked for and known. Inputs: decisions, $refs.
-- Why: an answer needs to know what it answers; a batch asks once for all.
SELECT * FROM decisions WHERE list_contains($refs::VARCHAR[], decision_id) ORDER BY seq
