-- Grain: one row per shared value of a sweep that a cluster rests on or that was set aside.
-- Inputs: shared_values, evidence. Why: the data beside the report; the millions of values that
-- link nothing stay in the store.
SELECT * EXCLUDE (value_key)
FROM shared_values
WHERE
    sweep_id = $sweep_id
    AND (
        treatment <> 'used'
        OR value_key IN (SELECT e.value_key FROM evidence AS e WHERE e.sweep_id = $sweep_id)
    )
ORDER BY kind, value
