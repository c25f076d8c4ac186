-- Grain: one row. Input: faulty. Output: n_rows, the rows with at least one fault.
-- Why: accepted and rejected rows together must be all rows.
SELECT count(DISTINCT row_number) AS n_rows FROM faulty
