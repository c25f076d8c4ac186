-- Grain: one row per decision with labelled values. Input: register.decision_value.
-- Output: decision_id, values_hash (as review/tied makes it).
-- Why: the chain holds the hash of the values; an edit of them shows here.
SELECT
    decision_id,
    sha256(string_agg(sha256(kind || chr(31) || value), chr(10) ORDER BY sha256(kind || chr(31) || value)))
        AS values_hash
FROM register.decision_value
GROUP BY decision_id
ORDER BY decision_id
