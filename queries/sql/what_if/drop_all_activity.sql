-- Grain: none. Input: the view activity.
-- Why: the next question makes a table of this name.
DROP VIEW activity
