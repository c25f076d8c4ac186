-- Grain: one row per linked pair. Inputs: pair, kind; $threshold (micro-bits).
-- Output: src_key, dst_key, bits (micro-bits), strong (micro-bits that are not from addresses),
-- weight, n_values, families (bit set).
-- Why: one kind gives best + .55 (sum - best) up to its most; kinds add; the threshold is
-- log2(N) - 4 (method, section 3).
CREATE OR REPLACE TABLE link AS
WITH by_kind AS (
    SELECT
        p.src_key, p.dst_key, p.kind_key, max(p.best) AS best, sum(p.total)::BIGINT AS total,
        sum(p.n_values)::INTEGER AS n_values
    FROM pair AS p
    GROUP BY p.src_key, p.dst_key, p.kind_key
),
capped AS (
    SELECT
        b.src_key, b.dst_key, b.n_values, k.family_key, k.family <> 'network' AS other,
        least((1e6 * k.max_bits)::BIGINT, b.best + (b.total - b.best) * 55 // 100) AS bits
    FROM by_kind AS b
    JOIN kind AS k USING (kind_key)
)
SELECT
    src_key, dst_key, sum(bits)::BIGINT AS bits,
    coalesce(sum(bits) FILTER (WHERE other), 0)::BIGINT AS strong,
    greatest(sum(bits) - $threshold + 2000000, 500000)::BIGINT AS weight,
    sum(n_values)::INTEGER AS n_values, bit_or(1 << family_key)::INTEGER AS families
FROM capped
GROUP BY src_key, dst_key
HAVING sum(bits) >= $threshold
