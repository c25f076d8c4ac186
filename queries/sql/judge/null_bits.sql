-- Grain: one row per shared value. Inputs: value, total. Output: value_key, bits.
-- Why: what it says that two accounts both have the value: log2 (incidences of the kind / accounts
-- on the value).
SELECT v.value_key, greatest(0, log2(t.e / v.k)) AS bits
FROM value AS v
JOIN total AS t USING (kind_key)
ORDER BY v.value_key
