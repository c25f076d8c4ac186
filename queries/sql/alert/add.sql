-- Grain: one row per alert that was not there before. Inputs: alert_made (registered). Changes
-- register.alert.
-- Why: the same rule, cluster and window is told once, however often it is found.
INSERT INTO register.alert
SELECT * FROM alert_made
WHERE alert_id NOT IN (SELECT alert_id FROM register.alert)
