-- Grain: one row per target. Input: review_value. Output: target, n_values, values_hash.
-- Why: the log's chain covers the labelled evidence through its hash.
SELECT
    target, count(*)::INTEGER AS n_values,
    sha256(string_agg(sha256(kind || chr(31) || value), chr(10) ORDER BY sha256(kind || chr(31) || value)))
        AS values_hash
FROM review_value
GROUP BY target
