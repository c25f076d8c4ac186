-- Grain: none. Input: activity.
-- Why: makes room for everybody's hours.
DROP TABLE activity
