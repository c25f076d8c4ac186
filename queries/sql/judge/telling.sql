-- Grain: one row per cluster. Inputs: value_in, kind. Output: c, n_payment, n_device, n_network,
-- n_prompt, n_identity, n_relation (shared values of 3 bits or more).
-- Why: the numbers of the plain sentence.
SELECT
    e.c,
    count(*) FILTER (WHERE k.family = 'payment') AS n_payment,
    count(*) FILTER (WHERE k.family = 'device') AS n_device,
    count(*) FILTER (WHERE k.family = 'network') AS n_network,
    count(*) FILTER (WHERE k.family = 'prompt') AS n_prompt,
    count(*) FILTER (WHERE k.family = 'identity') AS n_identity,
    count(*) FILTER (WHERE k.family IN ('relation', 'timing')) AS n_relation
FROM value_in AS e
JOIN kind AS k USING (kind_key)
WHERE e.bits >= 3
GROUP BY e.c
ORDER BY e.c
