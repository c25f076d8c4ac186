-- Grain: as before. Inputs: finding_link, finding_member. Replaces finding_link.
-- Why: a link belongs to the cluster that both its ends are in.
CREATE OR REPLACE TABLE finding_link AS
SELECT l.* REPLACE (if(a.cluster_id = b.cluster_id, a.cluster_id, NULL) AS cluster_id)
FROM finding_link AS l
LEFT JOIN finding_member AS a ON a.account_key = l.src_key
LEFT JOIN finding_member AS b ON b.account_key = l.dst_key
