-- Grain: one row per new decision on a cluster and account of its list. Inputs: review_listing,
-- review_named (registered: target, decision_id).
-- Why: what the decision was made on.
INSERT INTO register.decision_member
SELECT n.decision_id, l.account_id, l.account_hash, l.role, l.part
FROM review_listing AS l
JOIN review_named AS n USING (target)
ORDER BY n.decision_id, l.account_id
