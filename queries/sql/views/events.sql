-- Grain: one row per loaded event. Input: facts.event. Contract, section 3.
-- Why: as loaded.
CREATE OR REPLACE VIEW events AS
SELECT account_id, "at", type, n FROM facts.event
