-- Grain: one row per meeting. Input: meeting. Output: pair.
-- Why: the stage counts who meets twice by sorting one packed key.
SELECT pair FROM meeting
