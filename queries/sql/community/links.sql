-- Grain: one row per linked pair, in order. Input: link. Output: src_key, dst_key, weight.
-- Why: vertices and edges in sorted order, so that the seeded search always takes the same path.
SELECT src_key, dst_key, weight FROM link ORDER BY src_key, dst_key
