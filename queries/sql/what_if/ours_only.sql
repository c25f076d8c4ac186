-- Grain: rows taken from link. Input: scope.
-- Why: links of accounts that are not in question lead nowhere here.
DELETE FROM link
WHERE
    src_key NOT IN (SELECT account_key FROM scope) OR dst_key NOT IN (SELECT account_key FROM scope)
