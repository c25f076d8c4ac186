-- Grain: as changes, of the newest complete sweep. Inputs: changes, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_changes AS
SELECT * FROM changes WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
