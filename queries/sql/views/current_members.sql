-- Grain: as members, of the newest complete sweep. Inputs: members, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_members AS
SELECT * FROM members WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
