-- Grain: one row per check and subject. Input: quality_made. Output: finding_quality.
-- Why: the measurements beside the sweep's other findings.
CREATE OR REPLACE TABLE finding_quality AS
SELECT * FROM quality_made
