-- Grain: one row per member that keeps to itself in a cluster that acts as one. Inputs: membership,
-- kind, usable, profile.
-- Output: account_key, c.
-- Why: in a cluster of 30 or more of which a third act alike, who neither asks nor acts as it does is
-- a member by its company: three others that do, met on values that tell, and among those it meets
-- a third of the share that the cluster has. Colleagues on one company card, of which a thief took
-- hold for one account, have each other's company.
CREATE OR REPLACE TABLE apart AS
WITH acting AS (
    SELECT
        account_key, c, prompt >= 3000000 OR timing >= 3000000 AS acts,
        count(*) OVER (PARTITION BY c) AS size,
        count(*) FILTER (WHERE prompt >= 3000000 OR timing >= 3000000) OVER (PARTITION BY c) AS n_act
    FROM membership
),
asked AS (SELECT * FROM acting WHERE size >= 30 AND 3 * n_act >= size),
telling AS (SELECT kind_key FROM kind WHERE strong OR family = 'network'),
held AS MATERIALIZED (
    SELECT a.account_key, a.c, a.acts, a.size, a.n_act, u.value_key
    FROM asked AS a
    JOIN usable AS u USING (account_key)
    SEMI JOIN telling AS t ON t.kind_key = u.kind_key
    SEMI JOIN profile AS p ON p.c = a.c AND p.value_key = u.value_key
),
company AS (
    SELECT c, value_key, count(*) FILTER (WHERE acts) AS n_act, count(*) - 1 AS n
    FROM held
    GROUP BY c, value_key
),
quiet AS MATERIALIZED (
    SELECT
        h.account_key, h.c, max(w.n_act) AS most,
        3 * sum(w.n_act) * any_value(h.size) < sum(w.n) * any_value(h.n_act) AS strange
    FROM held AS h
    JOIN company AS w USING (c, value_key)
    WHERE NOT h.acts
    GROUP BY h.account_key, h.c
    HAVING strange OR most < 3
),
-- Who shares one value with three is in company; only the rest is met one by one.
met AS (
    SELECT q.account_key, q.c, count(DISTINCT o.account_key) AS n
    FROM quiet AS q
    JOIN held AS h ON h.account_key = q.account_key AND h.c = q.c
    JOIN held AS o ON o.value_key = h.value_key AND o.c = h.c AND o.acts
    WHERE NOT q.strange
    GROUP BY q.account_key, q.c
)
SELECT q.account_key, q.c
FROM quiet AS q
LEFT JOIN met AS m USING (account_key, c)
WHERE q.strange OR coalesce(m.n, 0) < 3
