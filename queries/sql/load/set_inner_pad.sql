-- Grain: a variable of the session. Inputs: $pad BLOB. Output: variable inner_pad. Why: macro
-- keyed.
SET VARIABLE inner_pad = $pad::BLOB
