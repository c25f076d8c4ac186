-- Grain: one row, or none: the newest run that told people. Input: register.told. Output: seq, hash.
-- Why: the next run is chained to it.
SELECT seq, hash FROM register.told ORDER BY seq DESC LIMIT 1
