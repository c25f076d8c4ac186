-- Grain: none: an empty track_previous (cluster_id, account_id).
-- Why: the first sweep has nothing to compare with; the steps after this stay the same.
CREATE OR REPLACE TABLE track_previous AS
SELECT NULL::VARCHAR AS cluster_id, NULL::VARCHAR AS account_id
WHERE false
