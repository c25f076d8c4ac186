-- Grain: as clusters, of the newest complete sweep. Inputs: clusters, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_clusters AS
SELECT * FROM clusters WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
