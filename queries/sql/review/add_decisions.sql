-- Grain: one row per new entry. Input: review_entry (registered, columns as register.decision).
-- Why: the log only ever grows.
INSERT INTO register.decision BY NAME SELECT * FROM review_entry
