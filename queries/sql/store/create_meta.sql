-- Grain: one row per fact about the store itself (format, root).
-- Why: readers tell an old or moved store before they trust its views.
CREATE TABLE IF NOT EXISTS register.meta (name VARCHAR PRIMARY KEY, content VARCHAR)
