-- Grain: one row per member of a sweep. Input: members. Why: the data beside the report.
SELECT * EXCLUDE (account_key)
FROM members
WHERE sweep_id = $sweep_id
ORDER BY cluster_id, account_id
