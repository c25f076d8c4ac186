-- Grain: one row per account that partners are never told of. Inputs: account_decisions, labels, facts.list;
-- $allow_classes, $now. Output: share_never (account_id).
-- Why: who was carved out, cleared on appeal, decided benign, labelled good or allow-listed is nobody's
-- lead: the same people that no enforcement export ever names.
CREATE OR REPLACE TEMP TABLE share_never AS
SELECT account_id
FROM account_decisions
WHERE decision IN ('exclude', 'benign', 'overturn')
UNION
SELECT account_id
FROM labels
WHERE lower(trim(label)) = 'good'
UNION
SELECT value
FROM facts.list
WHERE
    kind = 'account' AND list_contains($allow_classes::VARCHAR[], class)
    AND (expires IS NULL OR expires > $now)
