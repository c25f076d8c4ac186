-- Grain: one row per member of the previous sweep. Input: $file (its member file).
-- Output: track_previous (cluster_id, account_id).
-- Why: account ids stay over sweeps, dense keys do not.
CREATE OR REPLACE TABLE track_previous AS
SELECT cluster_id, account_id FROM read_parquet($file)
