-- Grain: one row per account, label and source of the label. Inputs: facts.label,
-- account_decisions.
-- Why: as loaded, and good for who won an appeal.
CREATE OR REPLACE VIEW labels AS
SELECT DISTINCT account_id, label, source FROM facts.label
UNION ALL
SELECT account_id, 'good', 'appeal ' || decision_id
FROM account_decisions
WHERE decision = 'overturn'
