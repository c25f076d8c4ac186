-- Grain: one row per role of a cluster. Inputs: members, $sweep_id, $cluster_id.
-- Output: role, n, accounts (the first $n by score).
-- Why: a summary of thousands of members in three lines.
SELECT role, count(*) AS n, list(account_id ORDER BY score DESC, account_id)[:$n] AS accounts
FROM members
WHERE sweep_id = $sweep_id AND cluster_id = $cluster_id
GROUP BY role
ORDER BY CASE role WHEN 'core' THEN 0 WHEN 'member' THEN 1 ELSE 2 END
