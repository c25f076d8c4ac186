-- Grain: one row per erased account of a sweep. Inputs: $file (its accounts), erase_account. Output:
-- erase_key (account_key).
-- Why: inside a sweep accounts are numbers.
CREATE OR REPLACE TEMP TABLE erase_key AS
SELECT account_key
FROM read_parquet($file)
WHERE account_id IN (SELECT account_id FROM erase_account)
