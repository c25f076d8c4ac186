-- Grain: one row. Inputs: $path.
-- Why: a file written again is named once.
DELETE FROM register.file WHERE path = $path
