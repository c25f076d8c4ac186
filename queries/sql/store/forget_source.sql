-- Grain: one source. Inputs: $source_id.
-- Why: a replaced source is no longer part of the input.
DELETE FROM register.source WHERE source_id = $source_id
