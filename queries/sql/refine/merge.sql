-- Grain: one row per member. Inputs: membership, merged (registered by the stage: c, into).
-- Output: membership with merged clusters under one number.
-- Why: the next round's profiles rest on the whole operator.
CREATE OR REPLACE TABLE membership AS
SELECT m.* REPLACE (coalesce(g."into", m.c)::INTEGER AS c)
FROM membership AS m
LEFT JOIN merged AS g USING (c)
