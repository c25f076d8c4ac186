-- Grain: one row per member of the clusters in $clusters. Inputs: past_member, $clusters.
-- Output: account_key, cluster_id.
-- Why: the accounts that the question is about.
CREATE OR REPLACE TABLE scope AS
SELECT account_key, cluster_id
FROM past_member
WHERE list_contains($clusters::VARCHAR[], cluster_id)
