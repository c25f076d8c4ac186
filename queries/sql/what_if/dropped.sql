-- Grain: one row per thing left out. Inputs: $values (value keys), $kinds (kind names),
-- $accounts (account keys). Output: room (value, kind or account), key, kind.
-- Why: what the question takes away, as a table that the next steps join.
CREATE OR REPLACE TABLE dropped AS
SELECT 'value' AS room, unnest($values::INTEGER[]) AS key, NULL::VARCHAR AS kind
UNION ALL
SELECT 'kind', NULL, unnest($kinds::VARCHAR[])
UNION ALL
SELECT 'account', unnest($accounts::INTEGER[]), NULL
