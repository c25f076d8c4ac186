-- Grain: as incidence. Input: incidence. Output: whole.
-- Why: each leaving-out starts from all the evidence again.
CREATE OR REPLACE TABLE whole AS
FROM incidence
