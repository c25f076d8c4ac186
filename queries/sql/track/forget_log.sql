-- Grain: all entries of a sweep in the identity log. Inputs: $sweep_id.
-- Why: the same sweep run again replaces what it said, instead of saying it twice.
DELETE FROM register.identity WHERE sweep_id = $sweep_id
