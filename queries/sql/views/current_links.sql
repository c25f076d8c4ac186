-- Grain: as links, of the newest complete sweep. Inputs: links, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_links AS
SELECT * FROM links WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
