-- Grain: one row. Inputs: $file, erase_account, $names. Output: n (rows that go or name an erased one).
-- Why: a file that keeps all it has is not written again.
SELECT count(*) AS n
FROM read_parquet($file)
WHERE
    account_id IN (SELECT account_id FROM erase_account)
    OR len(list_filter($names::VARCHAR[], lambda name: contains(attributes, name))) > 0
