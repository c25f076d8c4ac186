-- Grain: at most five rows. Inputs: past_value, $kind, $value. Output: value.
-- Why: to name the nearest when one is not known, without reading every value into memory.
SELECT value
FROM past_value
WHERE kind = $kind
ORDER BY jaro_winkler_similarity(value, $value) DESC, value
LIMIT 5
