-- Grain: one row per object newly shared. Input: share_new (registered, columns as register.shared).
-- Why: the next bundle must know.
INSERT INTO register.shared BY NAME SELECT * FROM share_new
