-- Grain: rows added to incidence: other holders of values that form sampled pairs only.
-- Inputs: past_incidence, treatment, incidence, near, dropped.
-- Why: partners stand in a ring of all holders; without the others everybody would meet other
-- partners than in the sweep.
INSERT INTO incidence
WITH rings AS (
    SELECT t.value_key, any_value(t.kind_key) AS kind_key, any_value(t.k) AS k
    FROM treatment AS t
    JOIN incidence AS i USING (value_key)
    WHERE t.expand = 'partners'
    GROUP BY t.value_key
    HAVING count(*) >= 2
)
SELECT
    i.account_key, i.value_key, r.kind_key, r.k,
    coalesce(round(1e6 * i.half_bits), -1e9)::BIGINT, i.n
FROM past_incidence AS i
JOIN rings AS r ON r.value_key = i.value_key
WHERE
    i.account_key NOT IN (SELECT account_key FROM near)
    AND i.account_key NOT IN (SELECT key FROM dropped WHERE room = 'account')
