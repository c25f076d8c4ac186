-- Grain: rows added to incidence: other holders of values that form sampled pairs only.
-- Inputs: ring_holder, treatment, incidence, scope, dropped, $all.
-- Why: partners stand in a ring of all holders; without the others everybody would meet other
-- partners than in the sweep. Only their place counts, pairs with them are no evidence here.
INSERT INTO incidence
WITH rings AS (
    SELECT t.value_key, any_value(t.kind_key) AS kind_key, any_value(t.k) AS k
    FROM treatment AS t
    JOIN incidence AS i USING (value_key)
    WHERE t.expand = 'partners'
    GROUP BY t.value_key
    HAVING count(*) >= 2
),
holders AS (
    SELECT account_key, value_key FROM ring_holder SEMI JOIN rings USING (value_key)
)
SELECT h.account_key, h.value_key, r.kind_key, r.k, -1000000000 AS half, 0 AS n
FROM holders AS h
JOIN rings AS r USING (value_key)
ANTI JOIN scope AS s ON s.account_key = h.account_key
LEFT JOIN dropped AS d ON d.room = 'account' AND d.key = h.account_key
WHERE $all OR d.key IS NULL
