-- Grain: as evidence, of the newest complete sweep. Inputs: evidence, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_evidence AS
SELECT * FROM evidence WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
