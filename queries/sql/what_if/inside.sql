-- Grain: rows taken from link. Input: near.
-- Why: links of accounts that are not asked again lead nowhere here.
DELETE FROM link
WHERE
    src_key NOT IN (SELECT account_key FROM near) OR dst_key NOT IN (SELECT account_key FROM near)
