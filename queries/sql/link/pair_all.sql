-- Grain: one row per pair of accounts and kind, over values up to their kind's cap.
-- Input: expandable. Output: src_key, dst_key, kind_key, best, total (micro-bits), n_values.
-- Why: candidates and their evidence in one pass; integer sums do not depend on order.
CREATE OR REPLACE TABLE pair AS
SELECT
    a.account_key AS src_key, b.account_key AS dst_key, a.kind_key,
    max(greatest(a.half + b.half, a.floor)) AS best,
    sum(greatest(a.half + b.half, a.floor))::BIGINT AS total, count(*)::INTEGER AS n_values
FROM expandable AS a
JOIN expandable AS b ON a.value_key = b.value_key AND a.account_key < b.account_key
WHERE greatest(a.half + b.half, a.floor) > 0
GROUP BY a.account_key, b.account_key, a.kind_key
