-- Grain: a variable of the session. Inputs: $kinds. Output: variable hashed.
-- Why: privacy.hash as a list that views can read.
SET VARIABLE hashed = $kinds::VARCHAR[]
