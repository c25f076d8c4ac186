-- Grain: one row per rejected row and reason. Input: facts.quarantine.
-- Why: nothing is lost; what was wrong can be looked at and mended.
CREATE OR REPLACE VIEW quarantine AS
SELECT source, row_number, reason, field, found, raw FROM facts.quarantine
