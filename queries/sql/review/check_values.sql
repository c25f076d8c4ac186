-- Grain: one row per decision with labelled values. Input: register.decision_value.
-- Output: decision_id, values_hash (as review/tied makes it), n_odd (rows that the hash does not see or
-- could take for others).
-- Why: the chain holds the hash of the values; an edit of them shows here.
SELECT
    decision_id,
    sha256(string_agg(sha256(kind || chr(31) || value), chr(10) ORDER BY sha256(kind || chr(31) || value)))
        AS values_hash,
    count(*) FILTER (WHERE kind IS NULL OR value IS NULL OR contains(kind, chr(31))) AS n_odd
FROM register.decision_value
GROUP BY decision_id
ORDER BY decision_id
