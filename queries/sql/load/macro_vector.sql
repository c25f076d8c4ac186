-- Macro: a list of numbers. Input: a list, or its text; NULL when it is not one.
-- Why: one vector that cannot be read costs its own row, not the file.
CREATE OR REPLACE TEMP MACRO vector(found) AS TRY_CAST(found AS FLOAT[])
