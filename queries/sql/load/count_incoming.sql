-- Grain: one row. Input: incoming. Output: n_rows.
-- Why: a wide row gives several incoming rows or none.
SELECT count(*) AS n_rows FROM incoming
