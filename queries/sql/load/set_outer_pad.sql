-- Grain: a variable of the session. Inputs: $pad BLOB. Output: variable outer_pad. Why: macro
-- keyed.
SET VARIABLE outer_pad = $pad::BLOB
