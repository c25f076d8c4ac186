-- Grain: one row per linked pair. Inputs: meeting, candidate_pair, kind; $threshold (micro-bits).
-- Output: src_key, dst_key, bits (micro-bits), strong (micro-bits that are not from addresses),
-- weight, n_values, families (bit set).
-- Why: one kind gives best + .55 (sum - best) up to its most; kinds add; the threshold is
-- log2(N) - 4 (method, section 3). Integer sums do not depend on order.
CREATE OR REPLACE TABLE link AS
WITH by_kind AS (
    SELECT pair, kind_key, max(bits) AS best, sum(bits)::BIGINT AS total, count(*) AS n_values
    FROM meeting
    SEMI JOIN candidate_pair USING (pair)
    GROUP BY pair, kind_key
),
capped AS (
    SELECT
        b.pair, b.n_values, k.family_key, k.family <> 'network' AS other,
        least((1e6 * k.max_bits)::BIGINT, b.best + (b.total - b.best) * 55 // 100) AS bits
    FROM by_kind AS b
    JOIN kind AS k USING (kind_key)
)
SELECT
    (pair >> 32)::INTEGER AS src_key, (pair & 4294967295)::INTEGER AS dst_key,
    sum(bits)::BIGINT AS bits, coalesce(sum(bits) FILTER (WHERE other), 0)::BIGINT AS strong,
    greatest(sum(bits) - $threshold + 2000000, 500000)::BIGINT AS weight,
    sum(n_values)::INTEGER AS n_values, bit_or(1 << family_key)::INTEGER AS families
FROM capped
GROUP BY pair
HAVING sum(bits) >= $threshold
