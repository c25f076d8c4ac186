-- Grain: one row per account asked for. Inputs: account_decisions, decisions, register.export_row;
-- $accounts. Output: account_id, decision and decision_id (what stands, or NULL), n_handed (actions that
-- were ever handed over), people (who took part in what stands or was handed over).
-- Why: an appeal needs something to appeal against, and another person than those who did it.
WITH asked AS (SELECT DISTINCT unnest($accounts::VARCHAR[]) AS account_id),
handed AS (
    SELECT r.account_id, r.decision_id
    FROM register.export_row AS r
    SEMI JOIN asked AS a USING (account_id)
    WHERE r.rollback_of IS NULL
),
behind AS (
    SELECT account_id, decision_id FROM handed
    UNION
    SELECT account_id, decision_id FROM account_decisions
),
took_part AS (
    SELECT b.account_id, unnest([d.reviewer, d.second_reviewer]) AS person
    FROM behind AS b
    JOIN asked AS a USING (account_id)
    JOIN decisions AS d USING (decision_id)
)
SELECT
    a.account_id, any_value(s.decision) AS decision, any_value(s.decision_id) AS decision_id,
    (SELECT count(*) FROM handed AS h WHERE h.account_id = a.account_id) AS n_handed,
    list(DISTINCT p.person ORDER BY p.person) FILTER (WHERE p.person IS NOT NULL) AS people
FROM asked AS a
LEFT JOIN account_decisions AS s USING (account_id)
LEFT JOIN took_part AS p USING (account_id)
GROUP BY a.account_id
ORDER BY a.account_id
