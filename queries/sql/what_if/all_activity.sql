-- Grain: one row per account and active hour, of the platform. Input: past_activity.
-- Output: activity.
-- Why: daily schedules are weighed against everybody's.
CREATE OR REPLACE VIEW activity AS
SELECT account_key, hour FROM past_activity
