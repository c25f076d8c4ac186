-- Grain: one check of one row. Inputs: bit, bad BOOLEAN. Output: the bit n when bad is true,
-- else 0.
-- Why: see macro fault.
CREATE OR REPLACE TEMP MACRO flag(n, bad) AS CASE WHEN bad THEN n ELSE 0 END
