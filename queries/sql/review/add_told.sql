-- Grain: one row per statement or notice newly written. Input: told_new (registered, columns as
-- register.told).
-- Why: nobody is told the same thing twice.
INSERT INTO register.told BY NAME SELECT * FROM told_new
