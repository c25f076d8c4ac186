-- Grain: one row per linked pair inside one community. Inputs: link, community.
-- Output: community, src_key, dst_key, strong (5 bits or more that are not from addresses), weight.
-- Why: what addresses alone merged, the other families may part (method, section 4).
SELECT a.community, l.src_key, l.dst_key, l.strong >= 5000000 AS strong, l.weight
FROM link AS l
JOIN community AS a ON a.account_key = l.src_key
JOIN community AS b ON b.account_key = l.dst_key AND b.community = a.community
ORDER BY a.community, l.src_key, l.dst_key
