-- Grain: one row per rejected incoming row and reason. Input: checked. Output: added to the
-- table faulty (row_number, reason, field, found, raw).
-- Why: read only when rows are missing among the accepted ones.
INSERT INTO faulty
WITH bad AS (
    SELECT row_number, unnest(faults) AS fault FROM checked WHERE problems > 0
)
SELECT row_number, fault.reason, fault.field, left(fault.found, 1000), NULL FROM bad
