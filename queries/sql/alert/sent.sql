-- Grain: alerts that a target took. Inputs: $ids, $target. Changes register.alert.
-- Why: a run that was cut short tells what is left, and nothing twice.
UPDATE register.alert
SET sent_to = list_sort(list_distinct(list_append(sent_to, $target)))
WHERE list_contains($ids::VARCHAR[], alert_id)
