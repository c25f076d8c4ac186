-- Grain: one row per reason. Input: faulty. Output: reason, n_rows.
-- Why: the summary says how many rows each reason cost.
SELECT reason, count(DISTINCT row_number) AS n_rows
FROM faulty
GROUP BY reason
ORDER BY n_rows DESC, reason
