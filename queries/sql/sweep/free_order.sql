-- Grain: none. Why: all other statements are faster, and need less memory, in any order.
SET preserve_insertion_order = false
