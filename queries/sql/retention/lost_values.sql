-- Grain: one row per shared value of a sweep that an erased account has. Inputs: $incidence and $value
-- (files), erase_key. Output: erase_value (value_key, kind, value, display, lost, left_over).
-- Why: a value that fewer than two others have is theirs alone, and no shared one.
CREATE OR REPLACE TEMP TABLE erase_value AS
SELECT v.value_key, v.kind, v.value, v.display, l.lost, v.n_accounts - l.lost AS left_over
FROM read_parquet($value) AS v
JOIN (
    SELECT value_key, count(*) AS lost
    FROM read_parquet($incidence)
    WHERE account_key IN (SELECT account_key FROM erase_key)
    GROUP BY value_key
) AS l USING (value_key)
