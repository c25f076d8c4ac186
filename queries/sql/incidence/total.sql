-- Grain: one row per kind. Input: load. Output: kind_key, e (all incidences of the kind).
-- Why: E of method section 5, and the floor of section 3's strata.
CREATE OR REPLACE TABLE total AS
SELECT kind_key, sum(d)::DOUBLE AS e FROM load GROUP BY kind_key
