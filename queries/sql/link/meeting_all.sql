-- Grain: one row per pair of accounts and value, over values up to their kind's cap.
-- Input: expandable. Output: pair (smaller key in the upper half), kind_key, bits (micro-bits).
-- Why: every shared value of every candidate pair, once; a packed key sorts and hashes as one
-- number.
CREATE OR REPLACE TABLE meeting AS
SELECT
    (a.account_key::BIGINT << 32) | b.account_key AS pair, a.kind_key,
    greatest(a.half + b.half, a.floor) AS bits
FROM expandable AS a
JOIN expandable AS b ON a.value_key = b.value_key AND a.account_key < b.account_key
WHERE greatest(a.half + b.half, a.floor) > 0
