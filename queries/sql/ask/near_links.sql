-- Grain: one row per link with an end in $keys. Inputs: findings.link, $sweep_id, $keys.
-- Output: src_key, dst_key, bits.
-- Why: one step of a search that stays in the neighbourhood.
SELECT src_key, dst_key, bits
FROM findings.link
WHERE
    sweep_id = $sweep_id
    AND (list_contains($keys::INTEGER[], src_key) OR list_contains($keys::INTEGER[], dst_key))
ORDER BY bits DESC, src_key, dst_key
LIMIT $n
