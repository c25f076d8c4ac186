-- Grain: one row per sweep whose findings have to go. Inputs: register.sweep; $before. Output: sweep_id.
-- Why: the newest complete sweep stays whatever its age: the next one is compared with it.
SELECT sweep_id
FROM register.sweep
WHERE
    coalesce(finished_at, window_end) < $before::TIMESTAMP
    AND sweep_id NOT IN (SELECT sweep_id FROM newest_sweep)
ORDER BY sweep_id
