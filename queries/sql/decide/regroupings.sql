-- Grain: one row per split or merge in force. Inputs: decisions, register.decision_member.
-- Output: decision_id, decision, force_seq.
-- Why: among decisions on the same accounts the newest counts: a split ends with a newer merge of at
-- least half of its accounts, and the other way round.
WITH listed AS (
    SELECT d.decision_id, d.decision, d.force_seq, m.account_id, d.n_members
    FROM decisions AS d
    JOIN register.decision_member AS m USING (decision_id)
    WHERE d.status = 'in force' AND d.decision IN ('split', 'merge')
),
ended AS (
    SELECT DISTINCT o.decision_id
    FROM listed AS o
    JOIN listed AS n ON n.account_id = o.account_id AND n.force_seq > o.force_seq
    GROUP BY o.decision_id, n.decision_id, o.n_members
    HAVING 2 * count(*) >= o.n_members
)
SELECT DISTINCT decision_id, decision, force_seq
FROM listed
ANTI JOIN ended USING (decision_id)
ORDER BY force_seq
