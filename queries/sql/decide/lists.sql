-- Grain: one row per regrouping and account on its list. Inputs: register.decision_member, $decisions.
-- Output: decision_id, account_id, part (NULL of a merge).
-- Why: what the next sweep is grouped by.
SELECT decision_id, account_id, part
FROM register.decision_member
WHERE list_contains($decisions::VARCHAR[], decision_id) AND account_id IS NOT NULL
ORDER BY decision_id, account_id
