-- Grain: one row per reason, the commonest first. Input: quarantine. Output: reason, n.
-- Why: what to mend first.
SELECT reason, count(*) AS n FROM quarantine GROUP BY reason ORDER BY n DESC, reason LIMIT 5
