-- Grain: as shared_values, of the newest complete sweep. Inputs: shared_values, newest_sweep.
-- Why: what most readers want.
CREATE OR REPLACE VIEW current_shared_values AS
SELECT * FROM shared_values WHERE sweep_id = (SELECT sweep_id FROM newest_sweep)
