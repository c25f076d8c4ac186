-- Grain: as before. Inputs: finding_link, track_name. Replaces finding_link.
-- Why: persistent names in place of the draft's.
CREATE OR REPLACE TABLE finding_link AS
SELECT f.* REPLACE (coalesce(t.cluster_id, f.cluster_id) AS cluster_id)
FROM finding_link AS f
LEFT JOIN track_name AS t ON t.draft_id = f.cluster_id
