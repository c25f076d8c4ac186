-- Grain: one row per alert, in the order in which they are told. Input: register.alert; $sweep_id, or
-- NULL for all. Output: the columns of register.alert.
-- Why: what was told, to whom, and what the cap held back.
SELECT *
FROM register.alert
WHERE $sweep_id IS NULL OR sweep_id = $sweep_id
ORDER BY made_at, place, alert_id
