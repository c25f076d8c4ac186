-- Grain: as before. Inputs: finding_member, track_name. Replaces finding_member.
-- Why: persistent names in place of the draft's.
CREATE OR REPLACE TABLE finding_member AS
SELECT f.* REPLACE (coalesce(t.cluster_id, f.cluster_id) AS cluster_id)
FROM finding_member AS f
LEFT JOIN track_name AS t ON t.draft_id = f.cluster_id
