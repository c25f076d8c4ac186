-- Grain: one row per member that merely lives with members. Inputs: membership, kind_bits, kind,
-- usable, profile.
-- Output: account_key.
-- Why: an operator's account shares its card with these accounts and its device with those. Who meets
-- a large cluster through a few members only, and the same ones on card, device and address, and
-- neither asks nor acts as the cluster does, shares a home with them. Where more than a fifth would be
-- such, the cluster is made of cells, and they are its members.
CREATE OR REPLACE TABLE housemate AS
WITH size AS (SELECT c, count(*) AS n FROM membership GROUP BY c),
telling AS (SELECT kind_key FROM kind WHERE strong OR family = 'network'),
widely AS (
    SELECT DISTINCT x.account_key
    FROM kind_bits AS x
    SEMI JOIN telling USING (kind_key)
    WHERE x.company > 6
),
quiet AS (
    SELECT m.account_key, m.c, s.n
    FROM membership AS m
    JOIN size AS s USING (c)
    ANTI JOIN widely AS w ON w.account_key = m.account_key
    WHERE m.timing < 3000000 AND m.prompt < 3000000 AND s.n >= 30
),
held AS MATERIALIZED (
    SELECT q.account_key, q.c, q.n, u.value_key
    FROM quiet AS q
    JOIN usable AS u USING (account_key)
    SEMI JOIN telling AS t ON t.kind_key = u.kind_key
),
near AS MATERIALIZED (
    SELECT h.* FROM held AS h SEMI JOIN profile AS p ON p.c = h.c AND p.value_key = h.value_key
),
-- Materialised, as the two before: joining clusters before values would pair all members.
inside AS MATERIALIZED (
    SELECT m.c, m.account_key, u.value_key
    FROM usable AS u
    SEMI JOIN near AS x ON x.value_key = u.value_key
    JOIN membership AS m ON m.account_key = u.account_key
),
met AS (
    SELECT h.account_key, h.c, h.n, i.account_key AS other, count(*) AS shared
    FROM near AS h
    JOIN inside AS i ON i.value_key = h.value_key AND i.c = h.c AND i.account_key <> h.account_key
    GROUP BY h.account_key, h.c, h.n, i.account_key
),
housed AS (
    SELECT account_key, c, n
    FROM met
    GROUP BY account_key, c, n
    HAVING count(*) <= 6 AND 5 * count(*) <= n AND avg(shared) >= 1.5
)
SELECT account_key FROM housed QUALIFY 5 * count(*) OVER (PARTITION BY c) <= n
