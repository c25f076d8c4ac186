-- Grain: one row per member of one cluster, or of all. Inputs: members, $sweep_id, $cluster_id.
-- Why: the firmest first.
SELECT *
FROM members
WHERE sweep_id = $sweep_id AND ($cluster_id IS NULL OR cluster_id = $cluster_id)
ORDER BY
    cluster_id, CASE role WHEN 'core' THEN 0 WHEN 'member' THEN 1 ELSE 2 END, score DESC,
    account_id
