-- Grain: one row per loaded source. Input: register.source.
-- Why: what the findings rest on.
CREATE OR REPLACE VIEW sources AS
SELECT * FROM register.source
