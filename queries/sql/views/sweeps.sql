-- Grain: one row per sweep. Input: register.sweep. Contract, section 3.
-- Why: which findings there are and what they rest on.
CREATE OR REPLACE VIEW sweeps AS
SELECT * FROM register.sweep
