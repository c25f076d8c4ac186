-- Grain: all files of a source or sweep. Inputs: $owner.
-- Why: replaced sources leave the views at once, their files later.
DELETE FROM register.file WHERE owner = $owner
