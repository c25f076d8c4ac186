-- Grain: one row. Input: physical (a frame, or the rows of a query). Output: n_rows and two sums that
-- depend on the rows' contents but not on their order.
-- Why: the same frame in another order is the same source. MD5 does not change with versions.
WITH rows AS (
    SELECT * EXCLUDE (__row) FROM physical
),
hashed AS (
    SELECT md5_number(CAST(to_json(r) AS VARCHAR)) AS number FROM rows AS r
)
SELECT
    count(*) AS n_rows, sum((number >> 64)::HUGEINT) AS lower_sum,
    sum((number & 18446744073709551615::UHUGEINT)::HUGEINT) AS upper_sum
FROM hashed
