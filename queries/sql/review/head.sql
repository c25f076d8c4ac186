-- Grain: one row, or none: the newest entry of the decision log. Input: register.decision.
-- Output: seq, hash.
-- Why: the next entry is chained to it.
SELECT seq, hash FROM register.decision ORDER BY seq DESC LIMIT 1
