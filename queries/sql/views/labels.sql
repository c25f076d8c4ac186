-- Grain: one row per account, label and source of the label. Input: facts.label.
-- Why: as loaded.
CREATE OR REPLACE VIEW labels AS
SELECT DISTINCT account_id, label, source FROM facts.label
