-- Grain: one row per pair of accounts that can be a link. Input: chosen (registered by the stage).
-- Output: pair.
-- Why: the table that the sums read.
CREATE OR REPLACE TABLE candidate_pair AS
SELECT pair FROM chosen
