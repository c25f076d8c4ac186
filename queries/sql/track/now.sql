-- Grain: one row per member of a draft cluster. Inputs: finding_member, track_seen (registered:
-- accounts in the previous sweep's window), track_known.
-- Output: track_now (draft_id, account_id, weight, known: whether it was there to be found before).
-- Why: an account that had not signed up cannot have been a member: it is no sign of another cluster.
CREATE OR REPLACE TABLE track_now AS
SELECT
    cluster_id AS draft_id, account_id,
    CASE role WHEN 'core' THEN 4 WHEN 'member' THEN 2 ELSE 1 END AS weight,
    account_id IN (SELECT account_id FROM track_seen)
    OR account_id IN (SELECT account_id FROM track_known) AS known
FROM finding_member
