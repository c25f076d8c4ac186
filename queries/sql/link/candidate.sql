-- Grain: one row per pair of accounts that can be a link. Input: meeting; $threshold (micro-bits).
-- Output: pair.
-- Why: most pairs meet once, in a value too weak to link alone. One cheap count leaves a tenth of
-- them for the sums (the two-level rule of method section 3, made exact).
CREATE OR REPLACE TABLE candidate_pair AS
SELECT pair
FROM meeting
GROUP BY pair
HAVING count(*) >= 2 OR max(bits) >= $threshold
