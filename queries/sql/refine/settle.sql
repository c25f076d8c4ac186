-- Grain: one row per member. Inputs: membership, housemate, apart; $min_size.
-- Output: membership without housemates, without those who keep to themselves and without the
-- weakest of firm clusters; imposed members are not core, and what ties them counts as one value.
-- Why: where half the members are tied by two strong kinds, who has one needs 5 bits, and a prompt
-- alone makes no member; there, and in a cluster of 30 or more of which half act alike, who has none
-- needs 6.5: a common prompt or a recycled card brings bystanders. They stay linked, and can be asked
-- about, as all accounts. What others can lay on an account (their template, their address, their
-- invitation) makes it no more than fringe.
CREATE OR REPLACE TABLE membership AS
WITH firm AS (
    SELECT
        c, avg((n_strong >= 2)::INTEGER) >= .5 AS firm,
        count(*) >= 30 AND avg((prompt >= 3000000 OR timing >= 3000000)::INTEGER) >= .5 AS alike
    FROM membership
    GROUP BY c
)
SELECT
    m.* EXCLUDE (imposed) REPLACE (
        m.core AND NOT m.imposed AS core,
        if(m.imposed, least(m.n_values, 1), m.n_values) AS n_values
    )
FROM membership AS m
JOIN firm AS f USING (c)
ANTI JOIN housemate AS h USING (account_key)
ANTI JOIN apart AS a USING (account_key)
WHERE CASE
    WHEN m.n_strong >= 2 THEN true
    WHEN m.n_strong = 0 AND (f.firm OR f.alike) THEN m.bits >= 6500000
    WHEN f.firm THEN m.bits >= 5000000 AND NOT (m.imposed AND m.n_values <= 1)
    ELSE true
END
QUALIFY count(*) OVER (PARTITION BY m.c) >= $min_size
