-- Grain: as successors, of the newest complete sweep. Inputs: successors, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_successors AS
SELECT * FROM successors WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
