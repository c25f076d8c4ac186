-- Grain: one row. Input: physical. Output: n_rows. Why: every row must be accounted for.
SELECT count(*) AS n_rows FROM physical
