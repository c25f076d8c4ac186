-- Grain: as before, without accounts that a split left alone. Inputs: finding_member, decide_name.
-- Replaces finding_member.
-- Why: the new groups. Roles, bits and reasons stay what the sweep found.
CREATE OR REPLACE TABLE finding_member AS
SELECT m.* REPLACE (if(n.account_key IS NULL, m.cluster_id, n.cluster_id) AS cluster_id)
FROM finding_member AS m
LEFT JOIN decide_name AS n USING (account_key)
WHERE n.account_key IS NULL OR n.cluster_id IS NOT NULL
