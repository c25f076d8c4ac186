-- Grain: one row per member after a refinement. Inputs: membership, started; $all.
-- Output: rows of answer (with_all, account_key, name and the parts of its role).
-- Why: refinement is asked twice, with and without what is left out.
INSERT INTO answer
SELECT
    $all AS with_all, m.account_key, s.name, m.core, m.n_other::INTEGER AS n_other,
    m.n_values::INTEGER AS n_values, m.n_kinds::INTEGER AS n_kinds
FROM membership AS m
JOIN (SELECT DISTINCT community, name FROM started) AS s ON s.community = m.c
