-- Grain: one row per cluster. Inputs: membership, account; $sweep_id. Output: c, cluster_id.
-- Why: an opaque name from the birth sweep and the content, never a member's id (contract).
CREATE OR REPLACE TABLE cluster_name AS
SELECT
    m.c,
    'c-' || left(md5($sweep_id || '|' || string_agg(md5(a.account_id), ',' ORDER BY a.account_id)), 10)
        AS cluster_id
FROM membership AS m
JOIN account AS a USING (account_key)
GROUP BY m.c
