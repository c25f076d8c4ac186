-- Grain: one row. Input: physical (a frame). Output: n_rows and two sums that depend on the
-- rows' contents but not on their order.
-- Why: the same frame in another order is the same source. MD5 does not change with versions.
WITH texts AS (
    SELECT CAST(json_merge_patch(to_json(p), '{"__row": null}') AS VARCHAR) AS text
    FROM physical AS p
)
SELECT
    count(*) AS n_rows, sum(md5_number_lower(text)::HUGEINT) AS lower_sum,
    sum(md5_number_upper(text)::HUGEINT) AS upper_sum
FROM texts
