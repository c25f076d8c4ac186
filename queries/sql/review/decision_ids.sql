-- Grain: one row per decision. Input: register.decision. Output: decision_id.
-- Why: the nearest valid name for an error.
SELECT decision_id FROM register.decision ORDER BY seq
