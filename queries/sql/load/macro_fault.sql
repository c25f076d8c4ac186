-- Grain: one check of one row. Inputs: bit, problems, reason, field, found. Output: a struct
-- when the bit is set in problems, else NULL.
-- Why: the checks set bits, which is cheap for good rows; bad rows are put in words here.
CREATE OR REPLACE TEMP MACRO fault(bit, problems, reason, field, found) AS
CASE
    WHEN problems & bit > 0
        THEN {'reason': reason, 'field': field, 'found': CAST(found AS VARCHAR)}
END
