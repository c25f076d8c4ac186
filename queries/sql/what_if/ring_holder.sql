-- Grain: one row per account and value that forms sampled pairs only, where two members in question
-- have it. Inputs: past_incidence, held, scope, treatment. Output: account_key, value_key.
-- Why: rings are formed twice; the largest file of the sweep is read for them once.
CREATE OR REPLACE TABLE ring_holder AS
WITH rings AS (
    SELECT h.value_key
    FROM held AS h
    SEMI JOIN scope AS s ON s.account_key = h.account_key
    JOIN treatment AS t ON t.value_key = h.value_key AND t.expand = 'partners'
    GROUP BY h.value_key
    HAVING count(*) >= 2
)
SELECT account_key, value_key FROM past_incidence SEMI JOIN rings USING (value_key)
