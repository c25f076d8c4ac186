-- Grain: one row per target and account that the decision is made on. Inputs: review_target
-- (registered: target, cluster_id, account_id, decision), review_part (registered: target, account_id, part),
-- findings.member; $sweep_id. Output: review_listing (target, account_id, account_hash, role, part).
-- Why: a decision is made on the accounts that the reviewer saw, whatever the cluster becomes.
CREATE OR REPLACE TEMP TABLE review_listing AS
WITH listed AS (
    SELECT DISTINCT ON (t.target, m.account_id) t.target, m.account_id, m.role
    FROM review_target AS t
    JOIN findings.member AS m ON m.cluster_id = t.cluster_id AND m.sweep_id = $sweep_id
    WHERE t.account_id IS NULL
)
SELECT
    l.target, l.account_id, sha256(l.account_id) AS account_hash, l.role,
    if(l.target IN (SELECT target FROM review_part), coalesce(p.part, 0), NULL)::INTEGER AS part
FROM listed AS l
LEFT JOIN review_part AS p USING (target, account_id)
