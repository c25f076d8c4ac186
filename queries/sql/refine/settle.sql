-- Grain: one row per member. Inputs: membership, housemate; $min_size.
-- Output: membership without housemates and without the weakest of firm clusters; imposed members
-- are not core, and what ties them counts as one value.
-- Why: where half the members are tied by two strong kinds, who has one needs 5 bits: a common prompt
-- or a recycled card brings bystanders. They stay linked, and can be asked about, as all accounts. What
-- others can lay on an account (their template, their address, their invitation) makes it no more
-- than fringe.
CREATE OR REPLACE TABLE membership AS
WITH firm AS (
    SELECT c, avg((n_strong >= 2)::INTEGER) >= .5 AS firm FROM membership GROUP BY c
)
SELECT
    m.* EXCLUDE (imposed) REPLACE (
        m.core AND NOT m.imposed AS core,
        if(m.imposed, least(m.n_values, 1), m.n_values) AS n_values
    )
FROM membership AS m
JOIN firm AS f USING (c)
ANTI JOIN housemate AS h USING (account_key)
WHERE NOT f.firm OR m.n_strong >= 2 OR m.bits >= 5000000
QUALIFY count(*) OVER (PARTITION BY m.c) >= $min_size
