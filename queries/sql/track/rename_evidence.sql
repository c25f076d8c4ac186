-- Grain: as before. Inputs: finding_evidence, track_name. Replaces finding_evidence.
-- Why: persistent names in place of the draft's.
CREATE OR REPLACE TABLE finding_evidence AS
SELECT f.* REPLACE (coalesce(t.cluster_id, f.cluster_id) AS cluster_id)
FROM finding_evidence AS f
LEFT JOIN track_name AS t ON t.draft_id = f.cluster_id
