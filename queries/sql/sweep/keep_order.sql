-- Grain: none. Why: the files of a sweep are written in the order that ORDER BY gives.
SET preserve_insertion_order = true
