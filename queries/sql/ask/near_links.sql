-- Grain: one row per link with an end in $keys. Inputs: findings.link, $sweep_id, $keys.
-- Output: src_key, dst_key, bits.
-- Why: one step of a search that stays in the neighbourhood; thousands of keys are looked up by hash.
WITH front AS (SELECT unnest($keys::INTEGER[]) AS key)
SELECT src_key, dst_key, bits
FROM findings.link
WHERE
    sweep_id = $sweep_id
    AND (src_key IN (SELECT key FROM front) OR dst_key IN (SELECT key FROM front))
ORDER BY bits DESC, src_key, dst_key
LIMIT $n
