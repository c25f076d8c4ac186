-- Grain: one row per human decision. Input: register.decision. Contract, section 3.
-- Why: people decide, the log remembers.
CREATE OR REPLACE VIEW decisions AS
SELECT * FROM register.decision
