-- Grain: one row per shared value of one name. Inputs: past_value, $kind, $value.
-- Output: value_key, kind, value, display, n_accounts.
-- Why: an analyst names a value as the report shows it: normalised or as it came in.
SELECT value_key, kind, value, coalesce(display, value) AS display, n_accounts
FROM past_value
WHERE kind = $kind AND (value = $value OR display = $value)
ORDER BY value_key
