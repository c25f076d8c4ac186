-- Grain: one row. Inputs: near, tied, past_member, scope.
-- Output: accounts (asked again), beside (clusters beside the scope), kept (of these, asked again).
-- Why: a question that saw part of the neighbourhood says so.
SELECT
    (SELECT count(*) FROM near) AS accounts,
    (SELECT count(DISTINCT cluster_id) FROM tied) AS beside,
    (
        SELECT count(DISTINCT t.cluster_id)
        FROM tied AS t
        JOIN near AS n USING (account_key)
        WHERE t.cluster_id IS NOT NULL
    ) AS kept
