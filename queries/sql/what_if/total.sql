-- Grain: one row per kind. Input: kind. Output: kind_key, e.
-- Why: E stays the platform's.
CREATE OR REPLACE TABLE total AS
SELECT kind_key, e::DOUBLE AS e FROM kind WHERE e > 0
