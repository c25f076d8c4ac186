-- Grain: one row per linked pair. Inputs: pair, kind; $threshold (micro-bits).
-- Output: src_key, dst_key, bits (micro-bits), weight, n_values, families (bit set).
-- Why: one kind gives best + .55 (sum - best) up to its most; kinds add; the threshold is
-- log2(N) - 4 (method, section 3).
CREATE OR REPLACE TABLE link AS
WITH by_kind AS (
    SELECT
        p.src_key, p.dst_key, k.family_key, p.kind_key,
        least(
            (1e6 * any_value(k.max_bits))::BIGINT,
            max(p.best) + (sum(p.total)::BIGINT - max(p.best)) * 55 // 100
        ) AS bits,
        sum(p.n_values)::INTEGER AS n_values
    FROM pair AS p
    JOIN kind AS k USING (kind_key)
    GROUP BY p.src_key, p.dst_key, p.kind_key, k.family_key
)
SELECT
    src_key, dst_key, sum(bits)::BIGINT AS bits,
    greatest(sum(bits) - $threshold + 2000000, 500000)::BIGINT AS weight,
    sum(n_values)::INTEGER AS n_values, bit_or(1 << family_key)::INTEGER AS families
FROM by_kind
GROUP BY src_key, dst_key
HAVING sum(bits) >= $threshold
