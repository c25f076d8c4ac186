-- Grain: one row per entry of the decision log, in its order. Input: register.decision.
-- Why: the chain is checked over what is stored, not over what a view makes of it.
SELECT * FROM register.decision ORDER BY seq, decision_id
