-- Grain: one row per cluster known before and account it is known by. Inputs: track_members and
-- track_gone (registered frames: members of the previous sweep; what remembers clusters gone before).
-- Output: track_known (cluster_id, account_id, weight, gone).
-- Why: account ids stay over sweeps, dense keys do not. The core says most about which cluster it is.
CREATE OR REPLACE TABLE track_known AS
SELECT
    cluster_id, account_id,
    CASE role WHEN 'core' THEN 4 WHEN 'member' THEN 2 ELSE 1 END AS weight, false AS gone
FROM track_members
UNION ALL
SELECT cluster_id, name, weight::INTEGER, true
FROM track_gone
WHERE what = 'account'
