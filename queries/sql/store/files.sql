-- Grain: one row per file. Inputs: $room, $table_name. Output: path, relative to the data folder.
-- Why: sorted, so that a view's text depends on its files only.
SELECT path FROM register.file WHERE room = $room AND table_name = $table_name ORDER BY path
