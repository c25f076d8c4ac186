-- Grain: one row per account that is asked again. Input: scope. Output: account_key.
-- Why: the quick form asks the same members again and nobody else.
CREATE OR REPLACE TABLE near AS
SELECT account_key FROM scope
