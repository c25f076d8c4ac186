-- Grain: one row. Inputs: $room, $table_name, $owner, $path.
-- Why: a file is part of the store from here on.
INSERT INTO register.file VALUES ($room, $table_name, $owner, $path)
