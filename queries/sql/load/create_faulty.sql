-- Grain: one row per rejected row of the source and reason. Output: empty table faulty.
-- Why: all that is wrong with a source in one place, from splitting lines to checking rows.
CREATE OR REPLACE TEMP TABLE faulty (
    row_number BIGINT, reason VARCHAR, field VARCHAR, found VARCHAR, raw VARCHAR
)
